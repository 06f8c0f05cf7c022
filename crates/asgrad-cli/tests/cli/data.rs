//! Data as they are in the world: from standard input, with labels anywhere, and what is refused.

use std::fs::File;
use std::process::{Command, Output, Stdio};

use super::{asgrad, file, stderr, stdout};

const ROWS: &str = "sepal;petal;species\n1;2;ham\n-1;3;spam\n2;4;ham\n-2;1;spam\n";

const BRIEF: [&str; 8] = [
    "--workers",
    "2",
    "--clock",
    "virtual",
    "--updates",
    "5",
    "--format",
    "json",
];

fn with_input(arguments: &[&str], text: &str) -> Output {
    let input = file("input", text);
    Command::new(env!("CARGO_BIN_EXE_asgrad"))
        .args(arguments)
        .args(BRIEF)
        .stdin(Stdio::from(File::open(input).unwrap()))
        .output()
        .unwrap()
}

#[test]
fn standard_input_is_read_once_for_all_seeds_and_methods() {
    let run = with_input(&["run", "pure", "--data", "-", "--repeat", "3"], ROWS);
    assert!(run.status.success(), "{}", stderr(&run));
    assert_eq!(stdout(&run).lines().count(), 3);
    let auto = [
        "run",
        "pure",
        "--data",
        "-",
        "--repeat",
        "2",
        "--step-size",
        "auto",
    ];
    let run = with_input(&auto, ROWS);
    assert!(run.status.success(), "{}", stderr(&run));
    let compare = [
        "compare",
        "--methods",
        "pure,minibatch",
        "--data",
        "-",
        "--compute",
        "fixed,exponential",
    ];
    let compared = with_input(&compare, ROWS);
    assert!(compared.status.success(), "{}", stderr(&compared));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_for_all_seeds() {
    let data = file("pipe.data", ROWS);
    let mut cat = Command::new("cat")
        .arg(&data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_asgrad"))
        .args(["run", "pure", "--data", "/dev/fd/0", "--repeat", "3"])
        .args(BRIEF)
        .stdin(cat.stdout.take().unwrap())
        .output()
        .unwrap();
    cat.wait().unwrap();
    assert!(run.status.success(), "{}", stderr(&run));
    assert_eq!(stdout(&run).lines().count(), 3);
}

#[test]
fn a_trace_of_standard_input_says_that_its_data_are_to_be_given() {
    let trace = file("input.jsonl", "");
    let trace = trace.to_str().unwrap();
    let run = with_input(&["run", "pure", "--data", "-", "--trace", trace], ROWS);
    assert!(run.status.success(), "{}", stderr(&run));
    let replay = asgrad(&["replay", trace]);
    assert_eq!(replay.status.code(), Some(1));
    let said = stderr(&replay);
    let way_out =
        "came from standard input or a pipe (-), which cannot be read again; give --data FILE";
    assert!(said.contains(way_out), "{said}");
    let data = file("input.data", ROWS);
    let replay = asgrad(&[
        "replay",
        trace,
        "--verify",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert!(replay.status.success(), "{}", stderr(&replay));
}
