//! Hogwild! as a user meets it.

use serde_json::Value;

use crate::{asgrad, file, objects, stderr, stdout};

/// A hundred updates by four workers, with these options.
fn hogwild<'a>(more: &[&'a str]) -> Vec<&'a str> {
    // Long enough for each of them to be heard on a busy machine: a fifth of a second.
    let run = ["run", "hogwild", "--workers", "4", "--unit", "4ms"];
    let rest = ["--rows", "200", "--updates", "100", "--quiet"];
    [&run[..], &rest, more].concat()
}

#[test]
fn a_run_says_how_many_reads_were_torn_and_how_stale_gradients_were() {
    let output = asgrad(&hogwild(&[]));
    let text = stdout(&output);
    assert!(
        text.contains("torn reads") && text.contains("staleness"),
        "{text}"
    );
    let object = objects(&hogwild(&["--format", "json"])).remove(0);
    assert!(object["staleness"]["max"].is_u64() && object["concurrency"]["max"].is_u64());
    assert!(object["reads"]["sampled"].as_u64().unwrap() >= 4);
    assert_eq!(
        (&object["method"], &object["updates"]),
        (&"hogwild".into(), &100.into())
    );
}

#[test]
fn its_trace_is_explained_and_reported_and_is_not_replayed() {
    let trace = file("hogwild.jsonl", "");
    let trace = trace.to_str().unwrap();
    let recorded = asgrad(&hogwild(&["--trace", trace, "--evaluate-every", "20"]));
    assert_eq!(recorded.status.code(), Some(0), "{}", stderr(&recorded));
    let text = stdout(&asgrad(&["explain", trace]));
    for expected in [
        "stale mean",
        "concurrency",
        "torn reads",
        "holds: jobs aged",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    for absent in ["BROKEN", "jobs in queues"] {
        assert!(!text.contains(absent), "{text}");
    }
    let object = objects(&["explain", trace, "--format", "json"]).remove(0);
    assert_eq!(object["conservation"]["verdict"], "holds");
    let replayed = asgrad(&["replay", trace, "--verify"]);
    assert_eq!(replayed.status.code(), Some(1));
    assert!(stderr(&replayed).contains("there is nothing to replay"));
    let theory = asgrad(&["explain", trace, "--theory"]);
    assert_eq!(theory.status.code(), Some(1));
    assert!(stderr(&theory).contains("there is nothing to replay"));
    let other = ["replay", trace, "--method", "minibatch", "--format", "json"];
    let other: Value = objects(&other).remove(0);
    assert_eq!(other["recorded"]["updates"], 100);
    assert!(other["other"]["updates"].as_u64().unwrap() > 0);
    let page = file("hogwild.html", "");
    let report = asgrad(&["report", trace, "--out", page.to_str().unwrap()]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
}

#[test]
fn what_it_has_no_place_for_is_refused_and_virtual_time_knows_it_as_pure() {
    let cases: [(&[&str], &str); 6] = [
        (
            &["run", "hogwild", "--clock", "virtual"],
            "in virtual time it is `pure`",
        ),
        (&["run", "hogwild", "--server", "thread"], "--server thread"),
        (&["run", "hogwild", "--concurrency", "3"], "--concurrency 3"),
        (
            &["run", "hogwild", "--optimizer", "momentum:0.9"],
            "--optimizer momentum:0.9",
        ),
        (
            &["run", "hogwild", "--theory", "--trace", "x"],
            "--theory: hogwild's workers read the model while others write",
        ),
        (
            &["tune", "hogwild"],
            "in virtual time it is the same as `pure`",
        ),
    ];
    for (arguments, expected) in cases {
        let output = asgrad(arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn its_step_size_is_tuned_in_virtual_time() {
    let tuned = ["--step-size", "auto:-4..-2", "--format", "json"];
    let object = objects(&hogwild(&tuned)).remove(0);
    let step_size = object["step_size"].as_f64().unwrap();
    assert!([0.0625, 0.125, 0.25].contains(&step_size));
}

#[test]
fn it_is_listed_apart_from_the_methods_of_the_server() {
    let text = stdout(&asgrad(&["list", "methods"]));
    let (_, apart) = text.split_once("a driver of its own").unwrap();
    assert!(
        apart.contains("hogwild") && apart.contains("arXiv 1106.5730"),
        "{text}"
    );
}
