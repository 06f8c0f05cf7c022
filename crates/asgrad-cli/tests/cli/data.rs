//! Data as they are in the world: from standard input, with labels anywhere, and what is refused.

use std::io::Write;
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
    let mut asgrad = Command::new(env!("CARGO_BIN_EXE_asgrad"))
        .args(&arguments[..1])
        .args(BRIEF)
        .args(&arguments[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = asgrad.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    asgrad.wait_with_output().unwrap()
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
    // Nobody asked for 16 rows, and no worker has as many.
    let recorded = std::fs::read_to_string(trace).unwrap();
    assert!(
        recorded.contains("\"batch_size\":\"up-to:16\""),
        "{recorded}"
    );
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

#[test]
fn a_column_that_is_called_label_is_noticed_unless_the_label_is_said() {
    let text = "label,a,b\n1,2,0\n0,3,1\n1,4,0\n0,5,1\n";
    let silent = with_input(&["run", "pure", "--data", "-", "--label", "label"], text);
    assert_eq!(stderr(&silent), "");
    let noticed = with_input(&["run", "pure", "--data", "-"], text);
    assert!(noticed.status.success());
    let said = "warning: the labels are those of the last column, `b`, and the header has `label`, too; give --label";
    assert!(stderr(&noticed).contains(said), "{}", stderr(&noticed));
}

#[test]
fn an_index_that_is_a_feature_is_said_beside_every_other_doubt() {
    let text = ",label,a\n0,0,3\n1,1,4\n2,0,5\n3,1,6\n";
    for command in [
        &["run", "pure"][..],
        &["compare", "--methods=pure", "--step-size=0.1"],
    ] {
        let noticed = with_input(&[command, &["--data", "-"]].concat(), text);
        let said = stderr(&noticed);
        assert!(noticed.status.success(), "{said}");
        for says in [
            "the first column, which has no name, counts the rows from 0 and is a feature like the others; write the file without it (pandas: `index=False`, R: `row.names=FALSE`), or give `--data -` and cut it off (`cut -d, -f2-`)",
            "the labels are those of the last column, `a`, and the header has `label`, too",
        ] {
            assert!(said.contains(says), "{said}");
        }
    }
}

#[test]
fn what_was_made_out_is_in_the_problem_line() {
    let run = with_input(&["run", "pure", "--data", "-", "--format", "table"], ROWS);
    let said = "on - (CSV, separated by semicolons, with a header, classes 0 = ham, 1 = spam): 4 rows of 2 features";
    assert!(stdout(&run).contains(said), "{}", stdout(&run));
}

#[test]
fn rows_that_nobody_has_are_counted_and_may_all_be_dealt_out() {
    let five = format!("{ROWS}3;3;ham\n");
    for (partition, unused) in [("contiguous", 1), ("contiguous:all", 0)] {
        let run = with_input(
            &["run", "pure", "--data", "-", "--partition", partition],
            &five,
        );
        let said = format!("\"unused_rows\":{unused}");
        assert!(stdout(&run).contains(&said), "{}", stdout(&run));
    }
}

#[test]
fn settings_of_data_are_refused_where_there_are_none() {
    let cases = [
        (
            ["quadratic:1,2", "--batch-size", "4"],
            "--batch-size 4: a quadratic has no data; leave it out",
        ),
        (
            ["quadratic:1,2", "--data", "digits"],
            "--data digits: a quadratic has no data; leave it out",
        ),
        (
            ["quadratic:1,2", "--weights", "rows"],
            "--weights rows: a quadratic has no data; leave it out",
        ),
        (
            ["none", "--data", "digits"],
            "--data digits: a schedule (problem none) has no data and no model; leave it out",
        ),
        (
            ["none", "--label", "1"],
            "--label 1: a schedule (problem none) has no data and no model; leave it out",
        ),
    ];
    for (arguments, message) in cases {
        let run = asgrad(&[&["run", "pure", "--problem"][..], &arguments].concat());
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&run).contains(message), "{}", stderr(&run));
    }
}

#[test]
fn a_value_out_of_its_bounds_is_refused_with_the_bounds() {
    let cases = [
        (["--rows", "0"], "--rows 0: expected a whole number from 1"),
        (
            ["--holdout", "1.5"],
            "--holdout 1.5: expected a fraction above 0 and below 1",
        ),
        (["--label", "0"], "a number of a column from 1"),
        (
            ["--header", "maybe"],
            "unknown answer `maybe`; there are yes, no",
        ),
        (
            ["--index-base", "2"],
            "unknown index base `2`; there are 0, 1",
        ),
        (
            ["--data", "synthetic:nan,1"],
            "α is nan, and must be at least 0 and finite",
        ),
        (
            ["--regularizer", "l2:-1"],
            "λ is -1, and must be at least 0 and finite",
        ),
        (
            ["--batch-size", "1798"],
            "at most 174 fits every worker, or full",
        ),
    ];
    for (arguments, message) in cases {
        let run = asgrad(&[&["run", "pure"][..], &arguments].concat());
        assert_eq!(run.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&run).contains(message), "{}", stderr(&run));
    }
}
