//! Files that are to be written, looked at before anything is computed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use asgrad::trace::TraceError;
use asgrad::{Trace, model_file};

use crate::failure::Failure;

/// What an option writes, and so may be written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Trace,
    Model,
    Page,
    Timeline,
}

impl Target {
    /// Refuses a file that cannot be written, or that asgrad did not write unless `force` says so.
    /// Pipes and devices take whatever is written, and standard output (`-`) a trace.
    pub(crate) fn check(self, option: &str, path: &Path, force: bool) -> Result<(), Failure> {
        let refuse = |reason: String| {
            let path = path.display();
            Err(Failure::request(format!("{option} {path}: {reason}")))
        };
        if path == Path::new("-") {
            return match self {
                Self::Trace => Ok(()),
                _ => refuse("standard output takes results, or a trace; name a file".to_owned()),
            };
        }
        let found = fs::metadata(path);
        if found.as_ref().is_ok_and(fs::Metadata::is_dir) {
            return refuse("it is a folder; name a file".to_owned());
        }
        if found.as_ref().is_ok_and(|found| !found.is_file()) {
            return Ok(());
        }
        if self == Self::Model && !model_file::has_known_ending(path) {
            return refuse("give a name that ends in .npy or .safetensors".to_owned());
        }
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            let folder = folder.display();
            return refuse(format!("there is no folder {folder}; make it first"));
        }
        if force || found.is_err() || self.is_of(path) {
            return Ok(());
        }
        let what = self.name();
        refuse(format!(
            "the file that is there is no {what} of asgrad; name another file, or give --force to write over it"
        ))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Model => "model",
            Self::Page => "report",
            Self::Timeline => "timeline",
        }
    }

    /// Whether a file is of this kind and written by asgrad, or is empty.
    fn is_of(self, path: &Path) -> bool {
        let Ok(begin) = beginning(path) else {
            return false;
        };
        let text = String::from_utf8_lossy(&begin);
        begin.is_empty()
            || match self {
                Self::Trace => !matches!(
                    Trace::open(path),
                    Err(TraceError::NotATrace { .. } | TraceError::Io { .. })
                ),
                Self::Model => model_file::is_written_here(&begin),
                Self::Page => {
                    text.starts_with("<!doctype html>")
                        && text.contains("name=\"generator\" content=\"asgrad\"")
                }
                Self::Timeline => text.starts_with("{\"otherData\":{\"generator\":\"asgrad\"}"),
            }
    }
}

/// The first bytes of a file: enough to know it by.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut begin = Vec::new();
    File::open(path)?.take(1024).read_to_end(&mut begin)?;
    Ok(begin)
}

/// `trace.jsonl` becomes `trace-seed3.jsonl`, so that one run does not overwrite another's.
pub(crate) fn with_seed(path: &Path, seed: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // `.jsonl.gz` is one extension.
    let (stem, extension) = name.split_at(name.find('.').unwrap_or(name.len()));
    path.with_file_name(format!("{stem}-seed{seed}{extension}"))
}
