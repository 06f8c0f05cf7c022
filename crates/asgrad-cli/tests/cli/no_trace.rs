//! What is given for a trace or a folder and is none, and traces from elsewhere than a file.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::words::refuses;
use crate::{asgrad, file, objects, quick, stderr, stdout};

fn trace(name: &str) -> PathBuf {
    let path = file(name, "");
    objects(&quick(
        "pure",
        &["--updates", "20", "--trace", path.to_str().unwrap()],
    ));
    path
}

#[test]
fn what_is_no_trace_is_told_without_words_of_a_parser() {
    for (name, text, fault) in [
        (
            "array.jsonl",
            "[1,2]\n",
            "its first line is no header of asgrad",
        ),
        ("blank.jsonl", "\n", "its first line is blank"),
        (
            "plain.jsonl.gz",
            "x\n",
            "it is not compressed by gzip, though its name says so",
        ),
        (
            "plain.jsonl.zst",
            "x\n",
            "it is not compressed by Zstandard, though its name says so",
        ),
        (
            "object.jsonl",
            "{}\n",
            "its first line: it is no header of asgrad",
        ),
    ] {
        let path = file(&format!("words-{name}"), text);
        let path = path.to_str().unwrap();
        let begins = format!("{path} is not a trace of asgrad: {fault}");
        for command in ["replay", "explain", "report"] {
            refuses(&[command, path], 1, &begins);
        }
    }
    let folder = env!("CARGO_TARGET_TMPDIR");
    refuses(
        &["explain", folder],
        1,
        &format!("{folder}: it is a folder and no regular file; name a trace in it"),
    );
    let path = file("words-out.txt", "");
    let path = path.to_str().unwrap();
    let begins = format!("--out {path}: it is a file; name a folder");
    refuses(&["run", "pure", "--out", path], 2, &begins);
    refuses(&["compare", "--out", path], 2, &begins);
    let begins = format!("--figures {path}: it is a file; name a folder");
    refuses(&["report", "t.jsonl", "--figures", path], 2, &begins);
}

#[test]
fn a_trace_on_standard_input_is_read() {
    let path = trace("words-stdin.jsonl");
    for (command, says) in [
        ("explain", "standard input"),
        ("replay", "version             20"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_asgrad"))
            .args([command, "-"])
            .stdin(Stdio::from(fs::File::open(&path).unwrap()))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).contains(says), "{}", stdout(&output));
    }
}

#[test]
fn a_bad_trace_in_a_folder_is_left_out_of_the_report_with_a_warning() {
    let folder = file("words-report", "").with_extension("d");
    fs::create_dir_all(&folder).unwrap();
    let bad = folder.join("bad.jsonl");
    fs::write(&bad, "[1,2]\n").unwrap();
    let name = folder.to_str().unwrap();
    refuses(
        &["report", name],
        1,
        &format!("{} is not a trace", bad.display()),
    );
    fs::copy(trace("words-good.jsonl"), folder.join("good.jsonl")).unwrap();
    let output = asgrad(&["report", name]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let warning = format!("warning: {} is not a trace of asgrad", bad.display());
    assert!(
        said.starts_with(&warning) && said.contains("it is left out"),
        "{said}"
    );
    fs::remove_dir_all(&folder).unwrap();
}
