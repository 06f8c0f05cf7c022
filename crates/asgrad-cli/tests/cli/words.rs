//! What is refused, and in which words: the setting as it was typed, its value, the bound, and the
//! way out.

use std::fs;
use std::process::{Command, Stdio};

use crate::{asgrad, file, objects, quick, stderr, stdout};

/// What a parser says of itself, and nobody who typed a command can use.
const OF_A_PARSER: [&str; 7] = [
    "For more information",
    "Usage:",
    "found in string",
    "target type",
    "expected struct",
    "invalid type",
    " at line ",
];

/// Refuses the command with this status, in one line that begins so.
pub(crate) fn refuses(arguments: &[&str], status: i32, begins: &str) {
    let output = asgrad(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    let begins = format!("error: {begins}");
    assert!(
        said.starts_with(&begins),
        "{arguments:?}: {said}\n  should be\n{begins}"
    );
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    for word in OF_A_PARSER {
        assert!(!said.contains(word), "{arguments:?}: {said}");
    }
}

fn refuses_run(cases: &[(&str, &str)]) {
    for (words, begins) in cases {
        let words: Vec<_> = words.split(' ').collect();
        refuses(&[&["run", "pure"], &words[..]].concat(), 2, begins);
    }
}

#[test]
fn every_number_is_refused_with_its_value_and_the_range() {
    for number in [
        "2.5",
        "-3",
        "99999999999999999999",
        "1e-400",
        "1e400",
        "nan",
        "inf",
        "",
    ] {
        let shown = if number.is_empty() { "\"\"" } else { number };
        for (option, bound) in [
            ("--workers", "a whole number from 1 to 10000000"),
            ("--concurrency", "a whole number from 1 to 10000000"),
            ("--updates", "a whole number from 0 to 2^64−1"),
            ("--repeat", "a whole number from 1 to 1000"),
            (
                "--seconds",
                "a positive number of seconds, from 1e-9 to 1e9",
            ),
        ] {
            if number == "2.5" && option == "--seconds" {
                continue;
            }
            let begins = format!("{option} {shown}: expected {bound}");
            refuses(&["run", "pure", option, number], 2, &begins);
        }
    }
}

#[test]
fn numbers_and_times_of_every_setting_are_refused_with_their_bounds() {
    refuses_run(&[
        (
            "--step-size 1e-400",
            "--step-size 1e-400: a step size is a finite number, at least 0",
        ),
        (
            "--target-loss 1e400",
            "--target-loss 1e400: expected a finite number",
        ),
        (
            "--target-gradient-norm -1",
            "--target-gradient-norm -1: expected a number at least 0 and finite",
        ),
        (
            "--epsilon -1 --theory",
            "--epsilon -1: expected a number above 0 and finite",
        ),
        (
            "--unit 0ms",
            "--unit 0ms: expected a time such as 200ms, between 1ns and 3600s",
        ),
        (
            "--unit 1000000h",
            "--unit 1000000h: expected a time such as 200ms",
        ),
        (
            "--job-limit 0s",
            "--job-limit 0s: expected a time such as 200ms, between 1ns",
        ),
        (
            "--speeds 1,0",
            "--speeds 1,0: `0` is no time of a worker: above 0 and at most 1e9",
        ),
        (
            "--speeds 1e-10,1",
            "--speeds 1e-10,1: worker 0 has time 1e-10",
        ),
        (
            "--speeds 1e-400,1",
            "--speeds 1e-400,1: `1e-400` is not a number",
        ),
    ]);
}

#[test]
fn numbers_of_commands_that_read_traces_are_refused_alike() {
    for (command, option) in [("replay", "--until"), ("explain", "--schedule")] {
        for number in ["-1", "1e400", "2.5"] {
            let begins = format!("{option} {number}: expected a whole number from 0 to 2^64−1");
            refuses(&[command, "t.jsonl", option, number], 2, &begins);
        }
    }
    let begins = "--step-size -1: expected a number at least 0 and finite";
    refuses(
        &["replay", "t.jsonl", "--method", "pure", "--step-size", "-1"],
        2,
        begins,
    );
    let thousand = &objects(&quick("pure", &["--updates", "1e3"]))[0];
    assert_eq!(thousand["updates"], 1000);
}

#[test]
fn a_negative_number_is_a_value_and_a_forgotten_value_is_missed() {
    let below = &objects(&quick("pure", &["--target-loss", "-0.5"]))[0];
    assert_eq!(below["stop_reason"], "updates");
    refuses_run(&[
        ("--workers -3", "--workers -3: expected a whole number"),
        ("--unit -1ms", "--unit -1ms: expected a time"),
        (
            "--comment",
            "--comment: its value is missing; give --comment TEXT",
        ),
        (
            "--updates --seconds 3",
            "--updates: its value is missing; give --updates T",
        ),
        (
            "--config",
            "--config: its value is missing; give --config FILE.toml",
        ),
    ]);
}

#[test]
fn of_an_option_that_is_given_twice_the_last_counts_and_that_is_said() {
    let twice = ["--updates", "3", "--updates=4"];
    let output = asgrad(&quick("pure", &twice));
    let said = stderr(&output);
    assert!(
        said.contains("warning: --updates is given twice, 3 and 4: 4 counts"),
        "{said}"
    );
    assert_eq!(objects(&quick("pure", &twice))[0]["updates"], 4);
    let quiet = asgrad(&quick(
        "pure",
        &["--times", "1,2", "--speeds", "3,4", "--quiet"],
    ));
    assert!(quiet.status.success());
    assert_eq!(stderr(&quiet), "");
}

#[test]
fn names_that_are_nearly_right_are_suggested_and_lists_are_complete() {
    refuses_run(&[
        (
            "--worker 3",
            "unknown option --worker; did you mean --workers?",
        ),
        (
            "--methods pure",
            "--methods is an option of `asgrad compare`, `asgrad advise`, not of `asgrad run`",
        ),
        (
            "--method pure",
            "--method: `asgrad run` has no --method: it is typed by its place",
        ),
        (
            "--clock rael",
            "--clock rael: unknown clock `rael`; there are real, virtual; did you mean `real`?",
        ),
        (
            "--format tabel",
            "--format tabel: there are table, json, csv, markdown, latex; did you mean `table`?",
        ),
        (
            "--problem svm",
            "--problem svm: unknown problem `svm`; there are softmax, logistic, least-squares, quadratic:c1,c2,…, none",
        ),
    ]);
}

#[test]
fn commands_and_words_out_of_place_are_told_where_they_belong() {
    let begins = "--times linaer: No such file or directory (os error 2); did you mean `linear`?";
    refuses(&["run", "pure", "--times", "linaer"], 1, begins);
    let cases: &[(&[&str], &str)] = &[
        (
            &["run", ""],
            "unknown method ``: an empty name; there are sgd, minibatch",
        ),
        (
            &["compare", "--methods", ""],
            "--methods \"\": unknown method ``: an empty name; there are",
        ),
        (
            &["--data", "digits", "run", "pure"],
            "options come after the command: `asgrad run …`, and then --data",
        ),
        (
            &["pure"],
            "`pure` is a method, and no command; did you mean `asgrad run pure`?",
        ),
        (
            &["repaly"],
            "unknown command `repaly`; there are compare, run, tune, replay, explain, advise, report, list, completions, man; did you mean `replay`?",
        ),
        (
            &["list", "method"],
            "unknown topic `method`; there are methods, steps",
        ),
        (&["run"], "METHOD is missing: `asgrad run METHOD`"),
        (
            &["run", "pure", "--quiet=yes"],
            "--quiet=yes: it takes no value",
        ),
        (&["run", "pure", "pure"], "`pure` is one word too many"),
        (&["run", "pure", "-x"], "unknown option -x"),
    ];
    for (arguments, begins) in cases {
        refuses(arguments, 2, begins);
    }
    for words in ["run help", "run pure --workers x --help"] {
        let words: Vec<_> = words.split(' ').collect();
        let help = asgrad(&words);
        assert_eq!(help.status.code(), Some(0), "{words:?}");
        assert!(stdout(&help).contains("asgrad run [OPTIONS] <METHOD>"));
    }
}

#[test]
fn settings_without_an_effect_are_refused_by_name() {
    refuses_run(&[
        (
            "--clock virtual --server thread",
            "--server thread: virtual time has no threads; leave it out",
        ),
        (
            "--clock virtual --emulate spin",
            "--emulate spin: virtual time has no threads",
        ),
        (
            "--clock virtual --pin",
            "--pin: virtual time has no threads",
        ),
        (
            "--clock virtual --problem none --data no.csv",
            "--data no.csv: a schedule (problem none) has no data and no model",
        ),
        (
            "--clock virtual --problem none --batch-size 4",
            "--batch-size 4: a schedule (problem none) has no data",
        ),
        (
            "--clock virtual --problem none --start ones",
            "--start ones: a schedule (problem none) has no data",
        ),
    ]);
    for (words, begins) in [
        (
            "--clock real",
            "--clock real: tune runs in virtual time; leave it out",
        ),
        ("--pin", "--pin: tune runs in virtual time; leave it out"),
        (
            "--server thread",
            "--server thread: tune runs in virtual time; leave it out",
        ),
    ] {
        let words: Vec<_> = words.split(' ').collect();
        refuses(&[&["tune", "pure"], &words[..]].concat(), 2, begins);
    }
}

#[test]
fn a_file_of_times_is_blamed_by_name_and_line() {
    for (name, text, fault) in [
        (
            "zero",
            "1\n0\n3\n",
            "line 2: `0` is no time of a worker: above 0 and at most 1e9, or inf",
        ),
        (
            "empty",
            "# none\n",
            "there is no number in it; give one for each worker",
        ),
        ("word", "1\nfast\n", "line 2: `fast` is not a number"),
    ] {
        let path = file(&format!("words-times-{name}.txt"), text);
        let path = path.to_str().unwrap();
        refuses(
            &["run", "pure", "--speeds", path],
            1,
            &format!("--speeds {path}: {fault}"),
        );
    }
}

#[test]
fn numbers_of_hundreds_of_digits_are_written_with_an_exponent() {
    let path = file("words-large.jsonl", "");
    let arguments = [
        "--problem",
        "quadratic:1e308,2",
        "--trace",
        path.to_str().unwrap(),
    ];
    asgrad(&quick("pure", &arguments));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"problem\":\"quadratic:1e308,2\""), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_printed_ends_with_status_1() {
    for arguments in [&["help"][..], &["run", "--help"], &["--version"]] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_asgrad"))
            .args(arguments)
            .stdout(Stdio::from(full))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).starts_with("error: standard output: "));
    }
}
