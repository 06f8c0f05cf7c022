//! `--print-config`: what it writes, `--config` reads as the same request.

use std::fs;

use crate::kept::{folder, run_in};
use crate::words::refuses;
use crate::{asgrad, file, objects, stderr, stdout};

/// Requests of each command, words separated by blanks; `_` is a blank.
const REQUESTS: &[&str] = &[
    "run pure",
    "run hogwild --seconds 1 --compute none",
    "run ringmaster:threshold=8 --seconds 2.5 --trace t.jsonl.gz --trace-drop --pin",
    "run pure --save-model m.npy --theory --trace t.jsonl --epsilon 0.25 --format markdown",
    "run pure --driver threads:server=thread:pin",
    "run pure --server thread --emulate spin --job-limit 1500us",
    "run pure --unit 250us --times 1,2,inf --on-loss continue --target-loss -0.5",
    "run pure --comment 007 --quiet --seed 18446744073709551615",
    "run pure --comment a_\"b\"_\\_'c'_#_\n_é --log-every 10s",
    "run pure --comment 1e5 --repeat 4 --out results --force",
    "run pure --comment -0 --step-size auto",
    "run rennala --step-size theory:1,2,0.5 --updates 20",
    "tune pure --updates 30",
    "tune minibatch --step-size auto:-4..1 --precision f32 --format json",
    "compare",
    "compare --methods pure,rennala:batch=3 --partition shuffled,by-label --clock virtual",
    "compare --workers 1,2,4 --batch-size 8,full --compute fixed,exponential,pareto:2 --out o",
    "compare --step-size 0.5 --compute none --target-loss 0.3 --gradients 1000",
];

/// Runs in virtual time.
const RUNS: &[&str] = &[
    "pure",
    "ringmaster:threshold=4 --compute pareto:1.5 --upload exponential --upload-times equal",
    "pure-waiting:b=3 --correction clip:0.5 --optimizer adam --step-rule cosine:60 --times sqrt",
    "minibatch --problem none",
    "pure --problem quadratic:1,2,-3 --start ones --regularizer none",
    "shuffled --data synthetic:0.5,1 --partition contiguous --batch-size full --weights rows",
    "random --precision f32 --slowdown outages:20ms,5ms --concurrency 20 --seed 9 --step-size 0.03",
    "malenia --holdout 0.25 --rows 900 --evaluate-every 7 --partition dirichlet:0.5",
];

fn words(request: &str) -> Vec<String> {
    let words = request.split(' ');
    words.map(|word| word.replace('_', " ")).collect()
}

/// What is printed of a request, and of that as a file.
fn printed(request: &str) -> [String; 2] {
    let mut words = words(request);
    words.push("--print-config".to_owned());
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let print = |words: &[&str]| {
        let output = asgrad(words);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{request}: {}",
            stderr(&output)
        );
        stdout(&output)
    };
    let first = print(&words);
    let path = file(&format!("printed-{}.toml", request.len()), &first);
    let config = ["--config", path.to_str().unwrap(), "--print-config"];
    let again = print(&[&words[..1], &config].concat());
    [first, again]
}

/// The lines that set something.
fn set(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
}

#[test]
fn a_request_that_is_read_from_what_was_printed_is_printed_the_same() {
    for request in REQUESTS {
        let [first, again] = printed(request);
        assert!(first == again, "{request}: {first} {again}");
    }
}

#[test]
fn what_was_typed_stands_in_it_and_what_has_no_effect_stands_behind_a_mark() {
    let [text, _] = printed("run pure --problem quadratic:1,2 --clock virtual --updates 7");
    for line in [
        "method = \"pure\"",
        "workers = 2",
        "clock = \"virtual\"",
        "updates = 7",
    ] {
        assert!(set(&text).contains(&line), "{line}: {text}");
    }
    for line in [
        "# data = \"digits\"",
        "# batch-size = \"up-to:16\"",
        "# seconds = S",
        "# trace = FILE",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}: {text}");
    }
    let [text, _] = printed("compare --methods pure,minibatch --workers 2,3 --format csv");
    for line in [
        "methods = [\"pure\", \"minibatch\"]",
        "workers = [2, 3]",
        "format = \"csv\"",
        "repeat = 3",
        "seconds = 2",
    ] {
        assert!(set(&text).contains(&line), "{line}: {text}");
    }
    // What `tune` refuses is not offered.
    let [text, _] = printed("tune pure");
    assert!(
        !text.contains("target-loss") && !text.contains("repeat"),
        "{text}"
    );
}

#[test]
fn a_printed_request_is_not_run_and_one_that_makes_no_sense_is_refused() {
    let folder = folder("print-config");
    let words = [
        "run",
        "pure",
        "--trace",
        "t",
        "--out",
        "o",
        "--print-config",
    ];
    let output = run_in(&folder, &words);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let words = [
        "run",
        "pure",
        "--problem",
        "none",
        "--rows",
        "3",
        "--print-config",
    ];
    let output = run_in(&folder, &words);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
}

#[test]
fn the_method_of_a_file_gives_way_to_one_that_is_typed_and_is_refused_with_its_line() {
    let path = file(
        "method.toml",
        "clock = \"virtual\"\nupdates = 5\nmethod = \"minibatch\"\n",
    );
    let config = ["--config", path.to_str().unwrap(), "--format", "json"];
    let method = |words: &[&str]| objects(&[words, &config].concat())[0]["method"].clone();
    assert_eq!(method(&["run"]), "minibatch");
    assert_eq!(method(&["run", "pure"]), "pure");
    let path = file("method-wrong.toml", "updates = 5\nmethod = \"pur\"\n");
    let path = path.to_str().unwrap();
    let begins = format!("{path}:2: method = pur: unknown method `pur`; did you mean `pure`?");
    refuses(&["run", "--config", path], 2, &begins);
    let path = file(
        "method-twice.toml",
        "method = \"pure\"\nmethod = \"pure\"\n",
    );
    refuses(
        &["run", "--config", path.to_str().unwrap()],
        2,
        path.to_str().unwrap(),
    );
}

#[test]
fn a_study_is_completed_from_its_printed_request() {
    let folder = folder("print-study");
    let study = "compare --methods pure,minibatch --clock virtual --seconds 0.05 --out o";
    let words: Vec<_> = study.split(' ').collect();
    let print = [&words[..], &["--print-config"]].concat();
    fs::write(folder.join("study.toml"), run_in(&folder, &print).stdout).unwrap();
    let made = run_in(&folder, &words);
    assert!(made.status.success(), "{}", stderr(&made));
    let again = run_in(&folder, &["compare", "--config", "study.toml"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stderr(&again).contains("6 "), "{}", stderr(&again));
    assert_eq!(stdout(&made), stdout(&again));
}

#[test]
fn a_run_from_a_printed_file_ends_at_the_same_model() {
    for run in RUNS {
        let request = format!("run {run} --clock virtual --updates 40");
        let [text, again] = printed(&request);
        assert_eq!(text, again, "{run}");
        let path = file("printed-run.toml", &text);
        let mut words = words(&request);
        words.extend(["--format", "json"].map(str::to_owned));
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let typed = objects(&words);
        let read = objects(&[
            "run",
            "--config",
            path.to_str().unwrap(),
            "--format",
            "json",
        ]);
        assert_eq!(typed, read, "{run}");
    }
}
