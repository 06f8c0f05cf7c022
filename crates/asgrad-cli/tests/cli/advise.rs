//! `asgrad advise` as a user meets it.

use std::path::PathBuf;

use asgrad::{Clock, Cluster, Experiment, from_fn};
use serde_json::Value;

use crate::{asgrad, file, objects, quick, stderr, stdout};

const SMALL: [&str; 7] = [
    "--rows",
    "100",
    "--partition",
    "shuffled",
    "--workers",
    "4",
    "--quiet",
];

/// A small run, recorded.
fn record(name: &str, more: &[&str]) -> PathBuf {
    let path = file(name, "");
    let trace = ["--trace", path.to_str().unwrap()];
    objects(&quick("pure", &[&SMALL[..], &trace, more].concat()));
    path
}

#[test]
fn advice_is_a_table_and_sentences_and_has_the_same_numbers_as_json() {
    let trace = record("advise.jsonl.gz", &[]);
    let words = ["advise", trace.to_str().unwrap(), "--repeat", "2"];
    let asked = [
        &words[..],
        &["--methods", "shuffled,rennala:batch=2,ringmaster"],
    ]
    .concat();
    let output = asgrad(&asked);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let names = ["minibatch", "sgd", "pure", "shuffled", "rennala:batch=2"];
    for name in names.iter().chain(&["ringmaster:threshold=8"]) {
        assert!(
            text.lines()
                .any(|line| line.starts_with(&format!("{name} "))),
            "{text}"
        );
    }
    let object = &objects(&[&asked[..], &["--format", "json"]].concat())[0];
    let candidates = object["candidates"].as_array().unwrap();
    assert_eq!(candidates[0]["method"], object["best"]);
    let best = object["best"].as_str().unwrap();
    let begins = ["Best: ", "Why: ", "Asynchrony is "];
    for (begin, sentence) in begins.iter().zip(object["text"].as_array().unwrap()) {
        let sentence = sentence.as_str().unwrap();
        assert!(
            sentence.starts_with(begin) && text.contains(sentence),
            "{text}"
        );
    }
    assert!(
        text.contains(&format!("Best: {best} with step size ")),
        "{text}"
    );
    // Every mean is one over the seeds that were asked for.
    let n = |it: &Value| it["loss"]["n"].as_u64().unwrap();
    assert!(candidates.iter().all(|it| n(it) == 2));
    let table = stdout(&asgrad(&[&asked[..], &["--format", "csv"]].concat()));
    assert_eq!(table.lines().count(), candidates.len() + 1);
    assert!(table.starts_with("method,step size,"), "{table}");
}

#[test]
fn a_machine_whose_cores_were_shared_is_warned_of() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let workers = (4 * cores).to_string();
    let path = file("advise-shared.jsonl", "");
    let run = [
        "run",
        "pure",
        "--compute",
        "none",
        "--seconds",
        "0.4",
        "--quiet",
    ];
    let more = [
        "--workers",
        &workers,
        "--partition",
        "shuffled",
        "--batch-size",
        "full",
    ];
    let trace = path.to_str().unwrap();
    let output = asgrad(&[&run[..], &more, &["--trace", trace]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let advise = ["advise", trace, "--methods", "pure", "--seconds", "0.02"];
    let said = stderr(&asgrad(&advise));
    assert!(
        said.contains("the recorded times contain the sharing of cores"),
        "{said}"
    );
}

#[test]
fn what_no_advice_can_be_given_on_is_refused() {
    let trace = record("advise-refused.jsonl", &[]);
    let schedule = file("advise-schedule.jsonl", "");
    let of_none = ["--problem", "none", "--trace", schedule.to_str().unwrap()];
    objects(&quick("pure", &of_none));
    let own = file("advise-own.jsonl", "");
    let cluster = Cluster::new(vec![1.0, 2.0], std::time::Duration::from_millis(1)).unwrap();
    let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
    let run = Experiment::new(oracle)
        .cluster(cluster)
        .clock(Clock::Virtual);
    run.updates(50).trace(&own).run().unwrap();
    let hogwild = file("advise-hogwild.jsonl", "");
    let run = [
        "run",
        "hogwild",
        "--compute",
        "none",
        "--updates",
        "50",
        "--quiet",
    ];
    asgrad(
        &[
            &run[..],
            &["--workers", "2", "--trace", hogwild.to_str().unwrap()],
        ]
        .concat(),
    );
    let [trace, schedule, own, hogwild] =
        [&trace, &schedule, &own, &hogwild].map(|path| path.to_str().unwrap());
    let cases: &[(&[&str], i32, &str)] = &[
        (&[schedule], 1, "the trace is of a schedule alone"),
        (&[own], 1, "does not say what problem it is of"),
        (&[hogwild], 1, "workers read the model while others write"),
        (&["no-such.jsonl"], 1, "no-such.jsonl: No such file"),
        (&[trace, "--methods", "pure,pure"], 2, "pure is there twice"),
        (
            &[trace, "--methods", "hogwild"],
            2,
            "runs on real threads only",
        ),
        (
            &[trace, "--methods", "pure-waiting:b=9"],
            2,
            "no more than 4 jobs can be outstanding",
        ),
        (&[trace, "--data", "synthetic:iid"], 1, "its hash is"),
        (&[trace, "--repeat", "0"], 2, "--repeat 0"),
        (&[trace, "--seconds", "0"], 2, "--seconds 0"),
        (&[], 2, "TRACE is missing"),
    ];
    for (more, status, part) in cases {
        let output = asgrad(&[&["advise"], *more].concat());
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(*status), "{more:?}: {said}");
        assert!(said.contains(part), "{more:?}: {said}");
        assert_eq!(stdout(&output), "");
    }
}
