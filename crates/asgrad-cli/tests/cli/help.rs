//! What the program says of itself: help, manual page, completions, version.

use std::fs;

use crate::kept::{command, folder};
use crate::{asgrad, stderr, stdout};

const COMMANDS: [&str; 10] = [
    "compare",
    "run",
    "tune",
    "replay",
    "explain",
    "advise",
    "report",
    "list",
    "completions",
    "man",
];

/// Older names of options.
const HIDDEN: [&str; 2] = ["speeds", "on-loss"];

fn printed(arguments: &[&str]) -> String {
    let output = asgrad(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// The examples at the end of a command's help, as they would be typed in a shell.
fn examples(name: &str) -> Vec<String> {
    let help = printed(&[name, "-h"]);
    let (_, examples) = help.split_once("\nExamples:\n").unwrap();
    examples
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

/// An example as it is run here: without what the shell does, in the folder itself, and of the runs
/// only what they would be.
fn quick(example: &str) -> String {
    let end = example.find(['>', '|']).unwrap_or(example.len());
    let words = example[..end].replace('~', ".");
    let runs = ["compare", "run", "tune"];
    let is_run = words
        .split(' ')
        .nth(1)
        .is_some_and(|name| runs.contains(&name));
    let more = if is_run { " --print-config" } else { "" };
    words + more
}

#[test]
fn every_command_ends_its_help_with_two_examples_that_work_and_with_how_it_ends() {
    let place = folder("help");
    let words = [
        "run",
        "pure",
        "--trace",
        "run.jsonl.gz",
        "--clock",
        "virtual",
        "--updates",
        "99",
    ];
    assert!(command(&place, &words).output().unwrap().status.success());
    fs::create_dir_all(place.join("results")).unwrap();
    fs::copy(
        place.join("run.jsonl.gz"),
        place.join("results/run.jsonl.gz"),
    )
    .unwrap();
    for name in COMMANDS {
        let [short, long] = ["-h", "--help"].map(|help| printed(&[name, help]));
        assert!(short.len() < long.len(), "{name}");
        for word in ["\n  2 ", "\n  130 ", "143", "129", "RUST_LOG"] {
            assert!(
                long.contains(word) && !short.contains(word),
                "{name} {word}"
            );
        }
        let examples = examples(name);
        assert_eq!(examples.len(), 2, "{name}");
        for example in examples {
            assert!(long.contains(&example), "{example}");
            let words = quick(&example);
            let words: Vec<_> = words.split_whitespace().skip(1).collect();
            assert_eq!(words[0], name);
            let output = command(&place, &words).output().unwrap();
            assert!(output.status.success(), "{example}: {}", stderr(&output));
        }
    }
    assert!(printed(&["--help"]).contains("RUST_LOG"));
}

#[test]
fn the_help_of_tune_has_no_option_that_it_refuses() {
    let help = printed(&["tune", "--help"]);
    let [file, dir] = ["x", "x-dir"];
    for (option, value) in [
        ("target-loss", "1"),
        ("target-gradient-norm", "1"),
        ("evaluate-every", "3"),
        ("comment", file),
        ("repeat", "2"),
        ("out", dir),
        ("server", "thread"),
        ("clock", "real"),
    ] {
        assert!(!help.contains(&format!("--{option}")), "{option}");
        let output = asgrad(&["tune", "pure", &format!("--{option}"), value]);
        assert_eq!(output.status.code(), Some(2), "{option}");
        assert!(stderr(&output).ends_with("leave it out\n"), "{option}");
    }
    assert!(help.contains("--updates"));
}

#[test]
fn every_shell_is_told_every_command_and_no_hidden_option() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&["completions", shell]);
        for name in COMMANDS {
            assert!(script.contains(name), "{shell} {name}");
        }
        assert!(script.contains("on-lost-worker"), "{shell}");
        for hidden in HIDDEN {
            // `on-lost-worker` begins otherwise.
            assert!(!script.contains(hidden), "{shell} {hidden}");
        }
    }
}

#[test]
fn the_manual_page_has_every_command_and_there_is_one_of_each() {
    let page = printed(&["man"]);
    let place = folder("man");
    let output = command(&place, &["man", "--out", "pages"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let pages = fs::read_dir(place.join("pages")).unwrap();
    assert_eq!(pages.count(), COMMANDS.len() + 1);
    for name in COMMANDS {
        let title = format!(".SH ASGRAD {}\n", name.to_uppercase());
        assert!(page.contains(&title), "{name}");
        let of_command = place.join(format!("pages/asgrad-{name}.1"));
        let of_command = fs::read_to_string(of_command).unwrap();
        for text in [&page, &of_command] {
            assert!(
                HIDDEN
                    .iter()
                    .all(|hidden| !text.contains(&hidden.replace('-', "\\-")))
            );
        }
        // One line, however many options there are.
        let (_, synopsis) = of_command.split_once(".SH SYNOPSIS\n").unwrap();
        let line = synopsis.lines().next().unwrap();
        assert!(line.len() < 80 && line.contains(name), "{line}");
    }
    assert!(page.contains("on\\-lost\\-worker"), "{page}");
}

#[test]
fn the_version_names_target_and_compiler_and_the_commit_where_there_is_one() {
    let [short, long] = ["-V", "--version"].map(|word| printed(&[word]));
    let begin = format!("asgrad {} (", env!("CARGO_PKG_VERSION"));
    assert!(short.starts_with(&begin), "{short}");
    assert!(short.contains(std::env::consts::ARCH), "{short}");
    let (first, compiler) = long.split_once('\n').unwrap();
    assert_eq!(first, short.trim_end());
    assert!(compiler.starts_with("rustc "), "{long}");
    let log = std::process::Command::new("git")
        .args(["log", "-1", "--format=%cs"])
        .output();
    if let Ok(log) = log.as_ref().map(stdout) {
        assert!(short.contains(log.trim()), "{short} {log}");
    }
}
