//! The folder of `--out`: of one study, and of one program at a time.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use asgrad::trace::write_whole;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::typed::typed;

/// Name of the file that says which study it is.
const CLAIM: &str = "request.json";
/// Name of the file of all runs, one JSON object each.
pub(super) const RUNS: &str = "runs.jsonl";
/// Name of the folder of traces, within that of results.
pub(super) const TRACES: &str = "traces";

/// A folder that results are written into. It is removed if nothing comes into it, and was made for
/// that.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Keeps other programs away while this one writes. Nothing where folders have no locks.
    _lock: Option<File>,
    /// The folders that were made, the innermost first.
    made: Vec<PathBuf>,
    /// Whether anything was written.
    is_used: bool,
    /// Whether the files of another study are to go first.
    replaces: bool,
    /// Whether it holds a part of this study.
    is_begun: bool,
    claim: Claim,
}

/// Which study a folder holds.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    /// As it was typed.
    command: String,
    /// What was asked for, however it was typed.
    request: String,
}

impl Folder {
    /// Opens a folder for this request; one that holds another study only if `force` says so. Then
    /// the files of any study are removed when the first of this one is written.
    pub(super) fn open(path: &Path, request: String, force: bool) -> Result<Self, Failure> {
        let refuse = |reason: String| {
            let path = path.display();
            Err(Failure::request(format!("--out {path}: {reason}")))
        };
        if path.is_file() {
            return refuse("it is a file; name a folder".to_owned());
        }
        let is_new = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = path.ancestors().take_while(is_new).map(Path::to_owned);
        let made = made.collect();
        fs::create_dir_all(path).map_err(|error| cannot_write(path, &error))?;
        let lock = File::open(path).ok();
        if let Some(Err(TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock) {
            return refuse(
                "another asgrad is writing into it; name another folder, or wait for its end"
                    .to_owned(),
            );
        }
        let command = typed();
        let mut folder = Self {
            path: path.to_owned(),
            _lock: lock,
            made,
            is_used: false,
            replaces: false,
            is_begun: false,
            claim: Claim { command, request },
        };
        let known = fs::read(path.join(CLAIM)).ok();
        let known: Option<Claim> = known.and_then(|text| serde_json::from_slice(&text).ok());
        match known {
            _ if force => folder.replaces = true,
            Some(known) if known.request == folder.claim.request => folder.is_begun = true,
            Some(Claim { command, .. }) => {
                let is_known = command == folder.claim.command;
                let of_others = if is_known {
                    " of other settings, data or arithmetic"
                } else {
                    ""
                };
                return refuse(format!(
                    "it holds the study `{command}`{of_others}; name another folder, or give --force to write over it"
                ));
            }
            None => {
                if let Some(file) = folder.own_files().first() {
                    let file = file.display();
                    return refuse(format!(
                        "{file} is there, and nothing says of which study; name another folder, or give --force to write over it"
                    ));
                }
            }
        }
        Ok(folder)
    }

    /// A file that an earlier request for this study wrote; empty if there is none.
    pub(super) fn begun(&self, name: &str) -> String {
        let path = self.is_begun.then(|| self.path.join(name));
        path.and_then(|path| fs::read_to_string(path).ok())
            .unwrap_or_default()
    }

    /// Says in the folder which study it holds, before anything else is written.
    pub(super) fn begin(&mut self) -> Result<(), Failure> {
        if self.is_used {
            return Ok(());
        }
        if self.replaces {
            self.remove_study()?;
        }
        let claim = serde_json::to_string_pretty(&self.claim).map_err(Failure::failed)?;
        self.write_file(CLAIM, &(claim + "\n"))?;
        self.is_used = true;
        Ok(())
    }

    /// Writes a file whole.
    pub(super) fn write(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.begin()?;
        self.write_file(name, text)
    }

    fn write_file(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path.join(name);
        write_whole(&path, |file| file.write_all(text.as_bytes()))
            .map_err(|error| cannot_write(&path, &error))
    }

    /// Where a trace of this name goes.
    pub(super) fn trace(&mut self, name: &str) -> Result<PathBuf, Failure> {
        self.begin()?;
        let traces = self.path.join(TRACES);
        fs::create_dir_all(&traces).map_err(|error| cannot_write(&traces, &error))?;
        Ok(traces.join(name))
    }

    /// The files there that a study writes, by their names.
    fn own_files(&self) -> Vec<PathBuf> {
        let is_result = |name: &str| {
            let is_table = name.ends_with(".csv") || name.ends_with(".md");
            [CLAIM, RUNS, "compare.json", report::PAGE].contains(&name)
                || is_table && (name.starts_with("comparison.") || name.starts_with("comparison-"))
        };
        let is_trace = |name: &str| name.contains("-seed") && name.ends_with(".jsonl.gz");
        let mut files = files_in(&self.path, is_result);
        files.extend(files_in(&self.path.join(TRACES), is_trace));
        files
    }

    fn remove_study(&self) -> Result<(), Failure> {
        for file in self.own_files() {
            fs::remove_file(&file).map_err(|error| cannot_write(&file, &error))?;
        }
        Ok(())
    }
}

/// The command of the study that a trace belongs to, by where it is.
pub(crate) fn study_of(trace: &Path) -> Option<String> {
    let traces = trace.parent().filter(|it| it.ends_with(TRACES))?;
    let claim = fs::read(traces.with_file_name(CLAIM)).ok()?;
    let claim: Claim = serde_json::from_slice(&claim).ok()?;
    Some(claim.command)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_used {
            // One that is not empty stays.
            self.made.iter().for_each(|made| drop(fs::remove_dir(made)));
        }
    }
}

/// The files in a folder with such names; none if there is no folder.
fn files_in(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let wanted = entries.filter(|entry| entry.file_name().to_str().is_some_and(&is_wanted));
    let mut files: Vec<_> = wanted.map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}
