//! What the program is made of, for `asgrad --version`: the last commit, the target, the compiler.
//! Without git, or where the source is not that of a commit, there is no commit.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    let compiler = env::var("RUSTC")
        .ok()
        .and_then(|rustc| said(&rustc, &["--version"]));
    let commit = commit()
        .map(|commit| format!("{commit}, "))
        .unwrap_or_default();
    println!("cargo::rustc-env=ASGRAD_BUILD={commit}{target}");
    println!(
        "cargo::rustc-env=ASGRAD_COMPILER={}",
        compiler.unwrap_or_default()
    );
}

/// Hash and day of the last commit, which this file is looked at again for.
fn commit() -> Option<String> {
    // Unpacked inside another repository, this is no file of its commits.
    let place = said("git", &["rev-parse", "--show-prefix"])?;
    if place != "crates/asgrad-cli/" {
        return None;
    }
    // The log gets a line with each commit and each switch to another; `HEAD` is there without it.
    for name in ["logs/HEAD", "HEAD"] {
        let path = said("git", &["rev-parse", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
            break;
        }
    }
    said("git", &["log", "-1", "--format=%h %cs"])
}

/// What a program says, if there is one and it ends well.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
