//! How the program ends when something is wrong, and what it leaves behind.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{asgrad, file, quick, stderr, stdout};

#[test]
fn a_wrong_request_ends_with_status_2_and_one_clear_line() {
    let cases: &[(&[&str], &str)] = &[
        (&["run", "pur"], "did you mean `pure`?"),
        (
            &["run", "pure", "--workers", "0"],
            "--workers 0: at least one",
        ),
        (
            &["run", "pure", "--workers", "5000"],
            "more than the 1797 rows",
        ),
        (&["run", "pure-waiting:b=11"], "b to at most 10"),
        (&["run", "pure-waiting:c=3"], "it has b"),
        (
            &["run", "minibatch", "--concurrency", "5"],
            "--concurrency 5",
        ),
        (
            &["run", "pure", "--batch-size", "5000"],
            "--batch-size 5000: worker",
        ),
        (
            &["run", "pure", "--compute", "gauss"],
            "unknown law `gauss`",
        ),
        (
            &["run", "pure", "--times", "1,2", "--workers", "3"],
            "--times 1,2: 2 numbers for 3 workers; give one for each",
        ),
        (
            &["run", "pure", "--compute", "none", "--clock", "virtual"],
            "virtual time stands still",
        ),
        (&["run", "pure", "--step-size", "-1"], "at least 0"),
        (
            &["tune", "pure", "--step-size", "1"],
            "tune looks for the step size itself",
        ),
        (
            &[
                "run",
                "pure",
                "--problem",
                "quadratic:1,2",
                "--workers",
                "3",
            ],
            "2 centres for 3 workers",
        ),
    ];
    for (arguments, part) in cases {
        let output = asgrad(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(
            said.starts_with("error: ") && said.contains(part),
            "{arguments:?}: {said}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn bad_data_ends_with_status_1_and_names_the_place() {
    let output = asgrad(&["run", "pure", "--data", "there-is-no-such-file.txt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there-is-no-such-file.txt"));

    let path = file("bad.txt", "+1 1:2\n-1 3:x\n");
    let output = asgrad(&[
        "run",
        "pure",
        "--data",
        path.to_str().unwrap(),
        "--workers",
        "1",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("bad.txt:2:6"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_rule_that_makes_no_sense_ends_with_status_2_and_says_what_would() {
    for (option, rule, part) in [
        (
            "--optimizer",
            "momentum:1",
            "β is 1, and must be at least 0 and below 1",
        ),
        (
            "--correction",
            "clap:1",
            "unknown correction `clap`; did you mean `clip`?",
        ),
        (
            "--correction",
            "zoom:1",
            "unknown correction `zoom`; there are clip:λ",
        ),
        ("--step-rule", "warmup", "its form is warmup:T"),
    ] {
        let output = asgrad(&["run", "pure", option, rule]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(part) && said.contains(option), "{said}");
    }
}

#[test]
fn a_diverged_run_ends_with_status_1_and_still_prints_its_summary() {
    let problem = ["--problem", "quadratic:1,2", "--step-size", "1e9"];
    let output = asgrad(&quick("pure", &problem));
    assert_eq!(output.status.code(), Some(1));
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["stop_reason"], "diverged");
    assert!(stderr(&output).contains("worker"), "{}", stderr(&output));
}

#[test]
fn a_loss_that_is_no_number_ends_with_status_1_and_says_what_may_help() {
    // The same features with either label: one of the two margins is infinite and on the wrong side.
    let data = file("endless.csv", "a,b,label\n1e200,1,1\n1e200,2,0\n");
    let arguments = [
        ["run", "pure"],
        ["--data", data.to_str().unwrap()],
        ["--problem", "logistic"],
        ["--regularizer", "none"],
        ["--workers", "2"],
        ["--batch-size", "1"],
        ["--clock", "virtual"],
        ["--updates", "1"],
    ];
    let output = asgrad(arguments.as_flattened());
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    let said = stderr(&output);
    assert!(said.contains("error: the loss ended at inf"), "{said}");
    assert!(said.contains("a smaller --step-size may help"), "{said}");
}

#[test]
fn a_grid_on_which_every_step_size_diverges_ends_with_status_1_and_is_still_printed() {
    let arguments = [
        "tune",
        "pure",
        "--problem",
        "quadratic:1,2",
        "--step-size",
        "auto:20..22",
    ];
    for format in ["table", "json"] {
        let output = asgrad(&[&arguments[..], &["--updates", "300", "--format", format]].concat());
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(stdout(&output).contains("4194304"), "{}", stdout(&output));
        assert!(stderr(&output).contains("diverge"), "{}", stderr(&output));
    }
}

/// A file may be called anything.
#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_a_path() {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::OsStr::from_bytes(b"tr\xe4ce.jsonl");
    let trace = file("folder", "").with_file_name(name);
    let run = |arguments: &[&str], last: &std::path::Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
        let output = command.args(arguments).arg(last).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    };
    let virtually = [
        "run",
        "pure",
        "--clock",
        "virtual",
        "--updates",
        "20",
        "--trace",
    ];
    run(&virtually, &trace);
    run(&["explain"], &trace);
    run(&["replay", "--verify"], &trace);
    fs::remove_file(trace).unwrap();
}

#[test]
fn the_last_seed_there_is_and_options_that_mean_nothing_are_refused() {
    let largest = u64::MAX.to_string();
    let no_problem = ["run", "pure", "--problem", "none", "--clock", "virtual"];
    let cases: &[(&[&str], &str)] = &[
        (&["run", "pure", "--seed", &largest], "--seed"),
        (&["compare", "--seed", &largest], "--seed"),
        (&["tune", "pure", "--repeat", "4"], "--repeat"),
        (&["tune", "pure", "--out", "nowhere"], "--out"),
        (
            &[
                "run",
                "pure",
                "--problem",
                "none",
                "--clock",
                "virtual",
                "--rows",
                "9",
            ],
            "--rows",
        ),
        (
            &[&no_problem[..], &["--correction", "clip:1"]].concat(),
            "--correction clip:1: a schedule (problem none) has no data and no model",
        ),
        (
            &[&no_problem[..], &["--optimizer", "adam"]].concat(),
            "--optimizer adam:0.9:0.999:0.00000001: a schedule (problem none) has no",
        ),
    ];
    for (arguments, part) in cases {
        let output = asgrad(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn results_are_not_lost_when_nobody_hears_standard_error() {
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    // Ten workers on real threads: there is a warning to be said.
    let arguments = [
        "run",
        "pure",
        "--updates",
        "50",
        "--format",
        "json",
        "--workers",
        "64",
    ];
    let output = command.args(arguments).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output).lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_trace_whose_reader_leaves_costs_no_summary() {
    let pipe =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("trace-{}", std::process::id()));
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let reader = Command::new("head")
        .args(["-n", "1"])
        .arg(&pipe)
        .stdout(Stdio::null())
        .spawn();
    let arguments = ["--trace", pipe.to_str().unwrap(), "--updates", "20000"];
    let output = asgrad(&quick("pure", &arguments));
    reader.unwrap().wait().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(" could not be written to its end"),
        "{}",
        stderr(&output)
    );
    let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(object["updates"], 20_000);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_real_run_with_its_status_and_what_there_is() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let trace = file(&format!("signal{signal}.jsonl"), "");
        let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
        let arguments = ["run", "pure", "--seconds", "100", "--format", "json"];
        let command = command
            .args(arguments)
            .arg("--trace")
            .arg(&trace)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.env("RUST_LOG", "asgrad=info").spawn().unwrap();
        // It says so when it runs; only then is there something to interrupt.
        let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        std::io::BufRead::read_line(&mut log, &mut line).unwrap();
        assert!(line.contains("run"), "{line}");
        let kill = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{signal}");
        let object: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(object["stop_reason"], "interrupted");
        let trace = fs::read_to_string(trace).unwrap();
        let last: Value = serde_json::from_str(trace.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "stopped", "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_in_a_comparison_leaves_the_cut_run_out_and_names_no_winner() {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cut-{}", std::process::id()));
    let race = [
        "compare",
        "--methods",
        "pure,random,shuffled",
        "--repeat",
        "1",
    ];
    let short = [
        "--seconds",
        "2",
        "--step-size",
        "0.1",
        "--target-loss",
        "1e-9",
    ];
    let output = [
        "--format",
        "json",
        "--quiet",
        "--out",
        folder.to_str().unwrap(),
    ];
    let mut command = Command::new(env!("CARGO_BIN_EXE_asgrad"));
    let command = command.args([&race[..], &short, &output].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut runs = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut runs, &mut first).unwrap();
    let interrupt = ["-TERM", &child.id().to_string()];
    assert!(
        Command::new("kill")
            .args(interrupt)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let csv = fs::read_to_string(folder.join("comparison.csv")).unwrap();
    let losses: Vec<_> = csv.lines().filter(|line| line.contains(",loss,")).collect();
    assert!(losses.len() == 1 && losses[0].starts_with("pure,"), "{csv}");
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("Interrupted after 1 of 3 runs"));
    assert!(!page.contains("was first") && !page.contains("No method reached"));
    assert!(page.contains("id=\"staleness-pure\"") && !page.contains("id=\"staleness-random\""));
}
