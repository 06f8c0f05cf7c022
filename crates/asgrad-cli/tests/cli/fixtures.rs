//! What the program said of the traces in `tests/fixtures/format-1` and of the runs and traces in
//! `tests/fixtures/kernels-2`: it says the same today.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use serde::Deserialize;
use serde_json::Value;

use crate::{stderr, stdout};

/// Number of programs that run at the same time.
const THREADS: usize = 2;

/// Number of differences that are printed of one fixture: the first ones say enough.
const MAX_TOLD: usize = 3;

/// A command, and what the recorded program said to it.
#[derive(Debug, Deserialize)]
struct Fixture {
    args: Vec<String>,
    status: i32,
    /// The objects on standard output. Today's ones may have more fields.
    expected: Vec<Value>,
}

/// Where the fixtures are recorded: that of format 1, which has the data files.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/format-1")
}

/// Files are named relative to the folder, so that no output depends on where it is.
fn asgrad_in_folder(arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    // A library whose functions take the place of the system's: `tests/wrong_math.c`.
    if let Ok(library) = std::env::var("ASGRAD_PRELOAD") {
        command.env("LD_PRELOAD", library);
    }
    let output = command
        .args(arguments)
        .current_dir(folder())
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("cannot be preloaded"), "{said}");
    output
}

/// The traces of format 1.
const OLD: &str = "traces";
/// Runs and traces of today's arithmetic.
const KERNELS_2: &str = "../kernels-2";

/// The files beside these traces whose names end so: their paths from the folder, by what comes
/// before the ending.
fn traces(place: &str, ending: &str) -> BTreeMap<String, PathBuf> {
    let files = fs::read_dir(folder().join(place)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| {
            let stem = name.strip_suffix(ending)?.to_owned();
            Some((stem, Path::new(place).join(name)))
        })
        .collect()
}

fn read(path: &Path) -> String {
    let path = folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Adds every place where the found value lacks something that was expected or has another value.
/// Numbers are compared as they are printed.
fn compare(place: &str, expected: &Value, found: Option<&Value>, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Some(Value::Object(found))) => {
            for (key, value) in expected {
                compare(
                    &format!("{place}.{key}"),
                    value,
                    found.get(key),
                    differences,
                );
            }
        }
        (Value::Array(expected), Some(Value::Array(found))) if expected.len() == found.len() => {
            for (index, (value, found)) in expected.iter().zip(found).enumerate() {
                compare(
                    &format!("{place}[{index}]"),
                    value,
                    Some(found),
                    differences,
                );
            }
        }
        (Value::Array(expected), Some(Value::Array(found))) => {
            let [was, is] = [expected, found].map(Vec::len);
            differences.push(format!("{place} had {was} entries, has {is}"));
        }
        (_, found) => {
            // As text: 0.0 and -0.0 are equal as numbers, and other bits.
            let was = expected.to_string();
            let is = found.map_or_else(|| "missing".to_owned(), Value::to_string);
            if was != is {
                differences.push(format!("{place} was {was}, is {is}"));
            }
        }
    }
}

/// The first line of format 1 as it is said since format 2: other names for two settings, numbers for
/// numbers, nothing for what is not set, `own:` before the user's own.
fn in_words_of_today(header: &mut Value) {
    let Some(fields) = header.as_object_mut() else {
        return;
    };
    for (was, is) in [("on_loss", "on_lost_worker"), ("speeds", "times")] {
        if let Some(value) = fields.remove(was) {
            fields.insert(is.to_owned(), value);
        }
    }
    fields.retain(|_, value| !value.is_null());
    // A whole step size has no decimals.
    if fields["step_size"] == 1.0 {
        fields.insert("step_size".to_owned(), 1.into());
    }
    for key in ["batch_size", "times"] {
        let number = fields
            .get(key)
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        if let Some(number) = number {
            fields.insert(key.to_owned(), Value::Number(number));
        }
    }
    if fields["method"] == "throttle" {
        fields.insert("method".to_owned(), "own:throttle".into());
    }
}

impl Fixture {
    fn from_text(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }

    /// Runs the command, and returns what differs today.
    fn differences(&self) -> Vec<String> {
        let output = asgrad_in_folder(&self.args);
        let lines = stdout(&output);
        let of_runs = lines
            .lines()
            .filter(|line| !line.starts_with("{\"comparison\""));
        let objects: Result<Vec<Value>, _> = of_runs.map(serde_json::from_str).collect();
        let mut differences = Vec::new();
        if output.status.code() != Some(self.status) {
            let (expected, found) = (self.status, output.status);
            let said = stderr(&output);
            differences.push(format!(
                "status was {expected}, is {found}: {}",
                said.trim()
            ));
        }
        match objects {
            Ok(objects) => {
                let mut expected = self.expected.clone();
                for header in expected.iter_mut().filter_map(|it| it.get_mut("header")) {
                    in_words_of_today(header);
                }
                let expected = Value::Array(expected);
                compare(
                    "",
                    &expected,
                    Some(&Value::Array(objects)),
                    &mut differences,
                );
            }
            Err(error) => differences.push(format!("standard output is no JSON: {error}")),
        }
        differences
    }
}

/// Runs a check of each on some threads, and fails with the names of those that differ.
fn check_all<T: Sync>(
    fixtures: &BTreeMap<String, T>,
    check: impl Fn(&str, &T) -> Vec<String> + Sync,
) {
    assert!(!fixtures.is_empty(), "there are no fixtures");
    let entries: Vec<_> = fixtures.iter().collect();
    let told = |(name, fixture): &(&String, &T)| {
        let differences = check(name, fixture);
        let more = differences.len().saturating_sub(MAX_TOLD);
        let first = differences.iter().take(MAX_TOLD);
        let first: Vec<_> = first.map(|difference| format!("  {difference}")).collect();
        (!first.is_empty()).then(|| format!("{name}\n{}\n  and {more} more", first.join("\n")))
    };
    let mut failures: Vec<String> = thread::scope(|scope| {
        let part = |first: usize| {
            let (entries, told) = (&entries, &told);
            scope.spawn(move || {
                let mine = entries.iter().skip(first).step_by(THREADS);
                mine.filter_map(told).collect::<Vec<_>>()
            })
        };
        let parts: Vec<_> = (0..THREADS).map(part).collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect()
    });
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {} fixtures differ:\n{}",
        failures.len(),
        fixtures.len(),
        failures.join("\n")
    );
}

/// Runs the command of every file with this ending, and compares.
fn check_files(place: &str, ending: &str, at_least: usize) {
    let files = traces(place, ending);
    assert!(files.len() >= at_least, "{ending}: {}", files.len());
    check_all(&files, |_, path| {
        Fixture::from_text(&read(path)).differences()
    });
}

/// The traces that are to be reported: those that were explained.
fn reported() -> BTreeMap<String, PathBuf> {
    let files = traces(OLD, ".explain.json");
    let trace = |path: &PathBuf| {
        let fixture = Fixture::from_text(&read(path));
        PathBuf::from(fixture.expected[0]["trace"].as_str().unwrap())
    };
    files
        .iter()
        .map(|(name, path)| (name.clone(), trace(path)))
        .collect()
}

/// Runs `asgrad report` of a trace, and returns what went wrong.
fn report(trace: &Path, page: &Path, figures: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["report".to_owned(), "--quiet".to_owned()];
    arguments.push(trace.to_str().unwrap().to_owned());
    arguments.push(format!("--out={}", page.display()));
    arguments.extend(figures.map(|figures| format!("--figures={}", figures.display())));
    let output = asgrad_in_folder(&arguments);
    if output.status.success() {
        Vec::new()
    } else {
        vec![stderr(&output)]
    }
}

/// A place for the files of a test.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fixtures-{}-{name}", std::process::id()))
}

#[test]
fn runs_in_virtual_time_give_the_recorded_bits() {
    let text = read(&Path::new(KERNELS_2).join("runs.jsonl"));
    let fixtures: BTreeMap<String, Fixture> = (1..)
        .zip(text.lines())
        .map(|(line, text)| {
            let fixture = Fixture::from_text(text);
            let name = format!("runs.jsonl:{line:03}: asgrad {}", fixture.args.join(" "));
            (name, fixture)
        })
        .collect();
    assert!(fixtures.len() >= 60, "{}", fixtures.len());
    check_all(&fixtures, |_, fixture| fixture.differences());
}

#[test]
fn recorded_traces_are_explained_as_they_were() {
    check_files(OLD, ".explain.json", 25);
}

#[test]
fn recorded_traces_are_replayed_to_the_recorded_bits() {
    check_files(KERNELS_2, ".replay.json", 25);
}

/// They come to other bits by now, but always the same ones.
#[test]
fn traces_of_older_kernels_are_replayed_though_not_verified() {
    check_files(OLD, ".replay.json", 25);
    let trace = "traces/sgd.jsonl".to_owned();
    let output = asgrad_in_folder(&["replay".to_owned(), trace.clone()]);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("recorded with kernels 1"), "{said}");
    let output = asgrad_in_folder(&["replay".to_owned(), trace, "--verify".to_owned()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("recorded with kernels 1"), "{said}");
}

#[test]
fn other_methods_on_recorded_machines_do_what_they_did() {
    check_files(OLD, ".other.json", 2);
}

#[test]
fn theory_measures_along_recorded_traces_what_it_did() {
    check_files(OLD, ".theory.json", 5);
}

#[test]
fn recorded_traces_become_pages() {
    check_all(&reported(), |name, trace| {
        let page = scratch(&format!("{name}.html"));
        let mut differences = report(trace, &page, None);
        if differences.is_empty() {
            let text = fs::read_to_string(&page).unwrap();
            for part in ["<h1>", "id=\"timeline-"] {
                if !text.contains(part) {
                    differences.push(format!("the page lacks {part}"));
                }
            }
            fs::remove_file(&page).unwrap();
        }
        differences
    });
}

#[test]
fn figures_of_recorded_traces_have_the_numbers_they_had() {
    let reported = reported();
    check_all(&traces(OLD, ".figures.json"), |name, path| {
        let expected: BTreeMap<String, String> = serde_json::from_str(&read(path)).unwrap();
        let [page, figures] = ["html", "figures"].map(|kind| scratch(&format!("of-{name}.{kind}")));
        let mut differences = report(&reported[name], &page, Some(&figures));
        for (file, text) in &expected {
            if fs::read_to_string(figures.join(file)).ok().as_ref() != Some(text) {
                differences.push(format!("{file} differs, or is missing"));
            }
        }
        differences
    });
}
