//! Traces that were cut, altered or never were any: explained as far as they go, or refused.

use std::path::{Path, PathBuf};
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::trace::Ending;
use asgrad::{Clock, Experiment, Law, OnLoss, Trace};

use crate::support::failing::failing;
use crate::support::{cluster, equal, linear, pull, quadratic, scratch_file};

fn experiment(method: &str) -> Experiment {
    Experiment::with_objective(quadratic(&[3.0, 0.0, -6.0, 1.0]))
        .method(method)
        .step_size(0.05)
        .updates(30)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::exponential()))
        .seed(3)
}

fn explain(path: &Path) -> Explanation {
    Explanation::of(&Trace::open(path).unwrap()).unwrap()
}

/// Where a trace is cut does not matter: it says what it says, and that it was cut.
#[test]
fn a_trace_cut_after_any_line_is_explained_as_far_as_it_goes() {
    let whole = scratch_file("explained-whole.jsonl");
    let experiment = experiment("fedbuff:b=2");
    experiment.trace(&whole).run().unwrap();
    let text = std::fs::read_to_string(&whole).unwrap();
    let path = scratch_file("explained-cut.jsonl");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for kept in 1..lines.len() {
        let half = &lines[kept][..lines[kept].len() / 2];
        std::fs::write(&path, lines[..kept].concat() + half).unwrap();
        let explanation = explain(&path);
        let last_line = kept as u64;
        assert_eq!(explanation.ending, Ending::Truncated { last_line });
        assert_eq!(explanation.conservation.verdict, Verdict::Truncated);
        assert_eq!(explanation.stopped, None);
        for worker in &explanation.workers {
            let sum = worker.times.total() + worker.unaccounted;
            assert_eq!((sum, worker.beyond), (explanation.duration, Duration::ZERO));
        }
        serde_json::to_string(&explanation).unwrap();
    }
}

#[test]
fn a_line_that_is_missing_or_wrong_breaks_the_law_or_is_an_error() {
    let whole = scratch_file("explained-sound.jsonl");
    experiment("pure").trace(&whole).run().unwrap();
    let text = std::fs::read_to_string(&whole).unwrap();
    let path: PathBuf = scratch_file("explained-unsound.jsonl");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_received = |line: &&str| line.contains("\"event\":\"received\"");
    let received = (0..lines.len()).filter(|&line| is_received(&lines[line]));
    let ninth = received.skip(8).min().unwrap();
    let without: String = [&lines[..ninth], &lines[ninth + 1..]].concat().concat();
    std::fs::write(&path, without).unwrap();
    assert_eq!(explain(&path).conservation.verdict, Verdict::Broken);
    for (what, instead) in [
        ("\"worker\":3", "\"worker\":4"),
        ("\"event\":\"received\"", "\"event\":\"lunch\""),
        ("\"finished\":0.0", "\"finished\":-0.0"),
        ("\"time\":0.0", "\"time\":99999999999999999999.0"),
    ] {
        std::fs::write(&path, text.replacen(what, instead, 1)).unwrap();
        let error = Explanation::of(&Trace::open(&path).unwrap()).unwrap_err();
        assert!(error.to_string().contains("line "), "{error}");
    }
}

/// Whatever number is put in, a trace is explained or refused.
#[test]
fn no_number_in_a_line_makes_it_panic() {
    let whole = scratch_file("explained-numbers.jsonl");
    let oracle = failing(pull::<f64>(), |_, job| job == 7);
    let experiment = Experiment::new(oracle)
        .on_lost_worker(OnLoss::Continue)
        .updates(10);
    let cluster = cluster(&equal(3), Law::fixed()).download(Law::fixed());
    let experiment = experiment
        .method("fedbuff:b=2")
        .cluster(cluster)
        .clock(Clock::Virtual);
    experiment.trace(&whole).run().unwrap();
    let text = std::fs::read_to_string(&whole).unwrap();
    let path = scratch_file("explained-other-numbers.jsonl");
    let mut explained = 0;
    for (at, _) in text
        .match_indices("\":")
        .filter(|(at, _)| *at > text.find('\n').unwrap())
    {
        let value = at + 2;
        let end = value + text[value..].find([',', '}']).unwrap();
        if text[value..end].starts_with('"') {
            continue;
        }
        for number in [
            "0",
            "18446744073709551615",
            "18446744073709551615.999999999",
            "72057594037927935.999999999",
        ] {
            std::fs::write(&path, [&text[..value], number, &text[end..]].concat()).unwrap();
            if let Ok(explanation) = Explanation::of(&Trace::open(&path).unwrap()) {
                serde_json::to_string(&explanation).unwrap();
                explanation
                    .findings
                    .iter()
                    .for_each(|finding| drop(finding.to_string()));
                explained += 1;
            }
        }
    }
    assert!(explained > 100, "{explained}");
}

#[test]
fn staleness_that_adds_up_to_more_than_a_number_holds_is_no_panic() {
    let path = scratch_file("explain-overflow.jsonl");
    let version = 1u64 << 53;
    experiment("pure").updates(1).trace(&path).run().unwrap();
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.truncate(text.find('\n').unwrap() + 1);
    for job in 0..2100 {
        text += &format!(
            r#"{{"event":"received","time":{job}.0,"worker":0,"job":{job},"read_version":0,"version":{version},"staleness":{version},"action":"applied","step_size":0.1,"assigned":0.0,"started":{job}.0,"finished":{job}.0,"computed":0.0,"concurrency":1}}"#
        );
        text.push('\n');
    }
    std::fs::write(&path, text).unwrap();
    let explanation = Explanation::of(&Trace::open(&path).unwrap()).unwrap();
    assert_eq!(explanation.staleness.all.mean, Some(version as f64));
}
