//! What is not done: reading and writing one file, running the same thing twice, believing what was
//! altered.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{asgrad, file, objects, quick, received_line, stderr, stdout};

/// A recorded run of 200 updates in virtual time.
fn recorded(name: &str, method: &str, more: &[&str]) -> PathBuf {
    let path = file(name, "");
    let arguments = [
        &quick(method, &["--trace", path.to_str().unwrap()])[..],
        more,
    ]
    .concat();
    let output = asgrad(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    path
}

/// Takes all checks out of a trace: it could come from any program.
fn without_checks(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let bare = text.lines().map(|line| match line.rfind(",\"check\":") {
        Some(end) => format!("{}}}\n", &line[..end]),
        None => {
            let mut object: Value = serde_json::from_str(line).unwrap();
            object.as_object_mut().unwrap().remove("check");
            format!("{object}\n")
        }
    });
    bare.collect()
}

#[test]
fn no_command_writes_over_what_it_reads() {
    let trace = recorded("refusals-input.jsonl", "pure", &[]);
    let data = file("refusals-data.csv", &"1,2,0\n2,1,1\n".repeat(20));
    let (trace, data) = (trace.to_str().unwrap(), data.to_str().unwrap());
    let same = format!("{}/./{}", Path::new(trace).parent().unwrap().display(), {
        Path::new(trace).file_name().unwrap().to_str().unwrap()
    });
    let cases: [(&[&str], &str); 4] = [
        (&["report", trace, "--out", trace], trace),
        (&["report", trace, "--out", &same], trace),
        (&["replay", trace, "--until", "3", "--out", trace], trace),
        (&["run", "pure", "--data", data, "--trace", data], data),
    ];
    for (arguments, input) in cases {
        let before = fs::read(input).unwrap();
        let output = asgrad(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains("another"), "{}", stderr(&output));
        assert!(fs::read(input).unwrap() == before, "{arguments:?}");
    }
}

#[test]
fn what_is_there_twice_is_named_and_nothing_runs() {
    let cases: [(&[&str], &str); 2] = [
        (
            &["--methods", "pure,random,pure"],
            "--methods: pure is there twice",
        ),
        (
            &["--compute", "fixed,poisson,fixed"],
            "--compute: fixed is there twice",
        ),
    ];
    for (arguments, says) in cases {
        let output = asgrad(&[&["compare", "--seconds", "0.1"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}

#[test]
fn theory_needs_a_trace_to_measure_along() {
    let output = asgrad(&["run", "pure", "--clock", "virtual", "--theory"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("give --trace FILE"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "");
}

#[test]
fn another_method_beside_a_cut_trace_is_beside_the_updates_that_are_in_it() {
    let path = recorded("refusals-cut.jsonl", "pure", &[]);
    let text = fs::read_to_string(&path).unwrap();
    let (n_lines, _) = received_line(&text, 99);
    let lines: Vec<_> = text.lines().take(n_lines).collect();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
    let trace = path.to_str().unwrap();
    let output = asgrad(&["replay", trace, "--method", "random", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains(&format!("first {n_lines} lines")),
        "{}",
        stderr(&output)
    );
    let beside: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(beside["recorded"]["updates"], 100);
    assert_eq!(beside["recorded"]["loss"], Value::Null);
}

#[test]
fn another_method_is_not_played_for_longer_than_anything_was_recorded() {
    let path = recorded("refusals-century.jsonl", "pure", &["--workers", "3"]);
    let text = without_checks(&path);
    let (lines, end) = text.trim_end().rsplit_once('\n').unwrap();
    let mut end: Value = serde_json::from_str(end).unwrap();
    end["time"] = 1.8e10.into();
    fs::write(&path, format!("{lines}\n{end}\n")).unwrap();
    let trace = path.to_str().unwrap();
    let beside = &objects(&["replay", trace, "--method", "random", "--format", "json"])[0];
    assert!(
        beside["recorded"]["seconds"].as_f64().unwrap() < 1.0,
        "{beside}"
    );
}

#[test]
fn an_altered_trace_is_explained_with_a_warning_and_no_other_method_is_played_on_it() {
    let path = recorded("refusals-altered.jsonl", "pure", &[]);
    let text = fs::read_to_string(&path).unwrap();
    let (number, line) = received_line(&text, 50);
    fs::write(
        &path,
        text.replacen(
            line,
            &line.replacen("\"step_size\":0.1", "\"step_size\":0.2", 1),
            1,
        ),
    )
    .unwrap();
    let trace = path.to_str().unwrap();
    let output = asgrad(&["explain", trace]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains(&format!(
            "line {number} of the trace is not as it was written"
        )),
        "{}",
        stdout(&output)
    );
    let output = asgrad(&["replay", trace, "--method", "random"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains(&format!("line {number}")),
        "{}",
        stderr(&output)
    );
}

#[test]
fn runs_under_several_laws_say_under_which() {
    let runs = objects(&[
        "compare",
        "--methods",
        "pure",
        "--compute",
        "fixed,poisson",
        "--clock",
        "virtual",
        "--updates",
        "20",
        "--repeat",
        "1",
        "--step-size",
        "0.1",
        "--format",
        "json",
        "--quiet",
    ]);
    let laws: Vec<_> = runs
        .iter()
        .map(|run| run["compute"].as_str().unwrap())
        .collect();
    assert_eq!(laws, ["fixed", "poisson"]);
    let output = crate::asgrad(&["tune", "pure", "--workers", "2,3"]);
    let said = "--workers 2,3: tune takes one value; compare takes several";
    assert!(stderr(&output).contains(said), "{}", stderr(&output));
    let one = &objects(&quick("pure", &[]))[0];
    assert_eq!(one.get("compute"), None);
}

#[test]
fn a_trace_says_how_it_was_made() {
    let path = recorded(
        "refusals-command.jsonl",
        "pure",
        &["--data", "synthetic:1,1"],
    );
    let trace = path.to_str().unwrap();
    let output = asgrad(&["explain", trace]);
    let command =
        format!("asgrad run pure --clock virtual --updates 200 --format json --trace {trace}");
    assert!(stdout(&output).contains(&command), "{}", stdout(&output));
}

#[test]
fn an_impossible_first_line_is_the_fault_of_the_trace() {
    let path = recorded("refusals-header.jsonl", "pure", &[]);
    let text = without_checks(&path);
    let cases = [
        (
            "\"batch_size\":16",
            "\"batch_size\":5000",
            "the first line of the trace: batch-size 5000",
        ),
        (
            "\"regularizer\":\"l2:0.001\"",
            "\"regularizer\":\"l3\"",
            "its first line: regularizer l3",
        ),
        (
            "\"data\":\"digits\"",
            "\"data\":\"gone.csv\"",
            "--data FILE",
        ),
    ];
    for (what, instead, says) in cases {
        assert!(text.contains(what), "{what}");
        fs::write(&path, text.replacen(what, instead, 1)).unwrap();
        let output = asgrad(&["replay", path.to_str().unwrap()]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(says) && said.contains("refusals-header.jsonl"),
            "{said}"
        );
        assert!(
            !said.contains("--help") && said.matches("error: ").count() == 1,
            "{said}"
        );
    }
}

/// Linux lets a file be called anything.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_a_path_or_refused_with_a_way_out() {
    use std::os::unix::ffi::OsStrExt;
    let folder = crate::kept::folder("no-text");
    let run = |option: &str, name: &[u8], text: &str| {
        let name = std::ffi::OsStr::from_bytes(name);
        if !text.is_empty() {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let quick = crate::quick("pure", &["--workers", "2"]);
        let mut command = crate::kept::command(&folder, &quick);
        let output = command.arg(option).arg(name).output().unwrap();
        (output.status.code(), stderr(&output), folder.join(name))
    };
    for (option, name, text) in [
        ("--config", &b"c\xe4.toml"[..], "updates = 20\n"),
        ("--trace", b"t\xe4.jsonl.gz", ""),
        ("--save-model", b"m\xe4.npy", ""),
        ("--out", b"o\xe4", ""),
    ] {
        let (status, said, path) = run(option, name, text);
        assert_eq!(status, Some(0), "{option}: {said}");
        assert!(path.exists(), "{option}");
    }
    let is = ": it is not text in UTF-8";
    for (option, way_out) in [
        (
            "--data",
            "give `--data -` and its content on standard input",
        ),
        ("--test-data", "name it by a link"),
        ("--start", "name it by a link"),
        ("--times", "name it by a link"),
        ("--download-times", "name it by a link"),
        ("--compute", "name it by a link"),
        ("--label", "a trace"),
    ] {
        let (status, said, _) = run(option, b"d\xe4.csv", "1,0,1\n");
        assert_eq!(status, Some(2), "{option}: {said}");
        let begin = format!("error: {option} d\u{fffd}.csv{is}");
        assert!(said.starts_with(&begin) && said.contains(way_out), "{said}");
    }
    for command in ["run", "tune"] {
        let mut command = crate::kept::command(&folder, &[command]);
        let output = command
            .arg(std::ffi::OsStr::from_bytes(b"pu\xe4re"))
            .output();
        let said = stderr(&output.unwrap());
        assert_eq!(said, "error: `pu\u{fffd}re` is not text in UTF-8\n");
    }
}

#[test]
fn a_value_stands_in_its_refusal_as_it_was_typed() {
    let times = file("typed.csv", "worker,seconds\n0,1\n");
    let times = times.to_str().unwrap();
    let one = file("one-field.csv", "1,2,3\n1\n");
    let config = file("gap.toml", "methods = [\"pure\", \"\"]\n");
    let cases: [(&[&str], &str); 10] = [
        (
            &["compare", "--methods", "pure,"],
            "--methods pure,: a name is missing before, after or between commas",
        ),
        (
            &["compare", "--methods", ",pure"],
            "--methods ,pure: a name is missing",
        ),
        (
            &["compare", "--compute", "fixed,,gamma"],
            "--compute fixed,,gamma: a name is missing",
        ),
        (
            &["compare", "--config", config.to_str().unwrap()],
            ":1: methods = pure,: a name is missing",
        ),
        (
            &["run", "pure", "--compute", "gamma:2.0,fixed"],
            "--compute gamma:2.0,fixed: run takes one value",
        ),
        (
            &[
                "run",
                "pure",
                "--compute",
                times,
                "--workers",
                "1",
                "--unit",
                "1000us",
            ],
            "--unit 1000us: the times in the file",
        ),
        (
            &["tune", "pure", "--step-size", "1e-1"],
            "--step-size 1e-1: tune looks for the step size itself",
        ),
        (
            &["tune", "pure", "--speeds=1,2", "--emulate", "sleep"],
            "--emulate sleep: tune runs in virtual time",
        ),
        (
            &["tune", "pure", "--pin"],
            "--pin: tune runs in virtual time",
        ),
        (
            &["run", "pure", "--data", one.to_str().unwrap()],
            "2:2: 1 field, expected 3 as in the first record",
        ),
    ];
    for (arguments, says) in cases {
        let output = asgrad(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
    }
}
