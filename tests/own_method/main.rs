//! A method in a crate of its own, that depends on the facade alone. A binary of its own, because
//! it runs cargo.
#![expect(clippy::unwrap_used, reason = "a panic is the report")]

#[path = "../../examples/own-method/src/main.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    clippy::print_stdout,
    reason = "it is a program, of which these are the tests"
)]
mod example;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate, as the page shows it.
const CRATE: &str = "examples/own-method";
const FILES: [&str; 4] = [
    "Cargo.toml",
    "src/main.rs",
    "src/tests.rs",
    "src/throttle.rs",
];
const PAGE: &str = "docs/write-your-own-method.md";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Leaves a file alone that is as it should be, so that cargo need not build it anew.
fn put(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A copy elsewhere, which knows nothing of this repository but where the facade is. It builds with
/// the same versions of other people's crates, as those are there.
fn copy_to(folder: &Path) {
    let (repository, facade) = (repository(), repository().join("crates/asgrad"));
    for file in FILES {
        let text = fs::read_to_string(repository.join(CRATE).join(file)).unwrap();
        let facade = format!("path = {:?}", facade.display().to_string());
        put(
            &folder.join(file),
            &text.replace("path = \"../../crates/asgrad\"", &facade),
        );
    }
    fs::copy(repository.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// Tests the crate, and returns what it said. What this build has built already is not built again.
fn test_crate(folder: &Path, target: &Path) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(&cargo)
        .args(["test", "--offline", "--target-dir"])
        .arg(target)
        .args(["--", "--nocapture"])
        // As in this workspace, so that what is built already fits.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .current_dir(folder)
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!(
            "{} cannot be run, which this test needs: {error}",
            cargo.display()
        )
    });
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, errors) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{out}\n{errors}");
    out
}

#[test]
#[ignore = "builds most crates once more, with other features; `.ci/run` does"]
fn a_crate_that_needs_the_facade_alone_compares_replays_and_explains_its_method() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = scratch.join("own-method");
    copy_to(&folder);
    let said = test_crate(&folder, scratch.parent().unwrap());
    let has = |what: &str| said.lines().any(|line| line.starts_with(what));
    for what in [
        "target   loss ≤ ",
        "minibatch  ",
        "throttle  ",
        "conservation law: Holds",
        "worker 9: ",
        "smoothness along the run: ",
        "test result: ok. 6 passed; 0 failed; 0 ignored",
    ] {
        assert!(has(what), "no line begins with {what:?}:\n{said}");
    }
    let mut replayed = said
        .lines()
        .filter(|line| line.ends_with(" lines, bit for bit"));
    let lines = replayed
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap();
    assert!(lines.parse::<u64>().unwrap() > 100, "{said}");
}

#[test]
fn the_page_shows_the_code_that_is_built() {
    let page = fs::read_to_string(repository().join(PAGE)).unwrap();
    let mut shown = Vec::new();
    for (before, block) in page.split("```rust\n").zip(page.split("```rust\n").skip(1)) {
        let name = before.trim_end().rsplit('\n').next().unwrap();
        let file = name
            .strip_prefix("<!-- ")
            .and_then(|name| name.strip_suffix(" -->"));
        let file = file.unwrap_or_else(|| panic!("no file is named before\n{block}"));
        let code = block
            .split_inclusive('\n')
            .take_while(|line| *line != "```\n");
        let code: String = code.collect();
        let built = fs::read_to_string(repository().join(CRATE).join(file)).unwrap();
        assert!(built.contains(&code), "{file} has no such piece:\n{code}");
        shown.push((file, code == built));
    }
    assert!(
        shown.contains(&("src/throttle.rs", true)),
        "the method is shown whole"
    );
    assert!(shown.len() > 3, "{shown:?}");
}
