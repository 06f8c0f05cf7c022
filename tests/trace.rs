//! The trace: its fields are a contract (`design.md` §7), and it holds everything.

use std::collections::BTreeSet;

use asgrad::{Clock, Experiment, Law, OnLoss, Summary};
use serde_json::Value;

use crate::support::each::for_every_method;
use crate::support::{assert_close, cluster, linear, quadratic, scratch_file};

const CENTRES: [f64; 4] = [3.0, 0.0, -6.0, 1.0];

fn read(path: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'), "the last line is whole");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn traced(name: &str, experiment: Experiment) -> (Summary, Vec<Value>) {
    let path = scratch_file(&format!("{name}.jsonl").replace(':', "-"));
    let summary = experiment.trace(&path).seed(3).run().unwrap();
    (summary, read(&path))
}

fn in_virtual_time(method: &str) -> Experiment {
    Experiment::with_objective(quadratic(&CENTRES))
        .method(method)
        .step_size(0.05)
        .updates(200)
        .evaluate_every(20)
        .clock(Clock::Virtual)
        .cluster(cluster(&linear(4), Law::exponential()))
}

fn on_threads(method: &str) -> Experiment {
    in_virtual_time(method)
        .clock(Clock::Real)
        .cluster(cluster(&linear(4), Law::none()))
}

fn of<'a>(lines: &'a [Value], event: &str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["event"] == event)
}

/// Of jobs that came back, those that were not cancelled.
fn gradients(lines: &[Value]) -> impl Iterator<Item = &Value> {
    of(lines, "received").filter(|line| line["action"] != "cancelled")
}

fn number(line: &Value, field: &str) -> u64 {
    let value = line[field].as_u64();
    value.unwrap_or_else(|| panic!("{field} of {line}"))
}

fn time(line: &Value, field: &str) -> f64 {
    let value = line[field].as_f64();
    value.unwrap_or_else(|| panic!("{field} of {line}"))
}

/// How many updates older than the newest version its version was when a job was assigned.
fn age(line: &Value) -> u64 {
    line.get("age").map_or(0, |_| number(line, "age"))
}

/// Exactly the fields of the contract, and nothing that a reader does not know.
fn check_fields(line: &Value) {
    let fields: BTreeSet<&str> = line
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = match line["event"].as_str().unwrap() {
        "received" => {
            "event time worker job read_version version staleness action assigned started finished computed concurrency"
        }
        "updated" => "event time version step_size",
        "evaluated" => "event time version loss gradient_norm model_hash",
        "lost" => "event time worker job read_version version assigned concurrency reason",
        "overrun" => "event time worker job asked took",
        "assigned" => "event time worker job version",
        "left" => "event time worker",
        "stopped" => "event time version reason model_hash",
        other => panic!("{other}"),
    };
    let mut expected: BTreeSet<&str> = expected.split(' ').chain(["check"]).collect();
    // Times that are zero are left out.
    let event = line["event"].as_str().unwrap();
    if event == "left" && line.get("job").is_some() {
        expected.extend(["job", "started", "finished", "computed"]);
    }
    let links = ["download", "upload", "served", "serving"];
    let may_have =
        |link: &&&str| ["received", "left"].contains(&event) && line.get(**link).is_some();
    expected.extend(links.iter().filter(may_have));
    // Only jobs that were repeated at an older version had an age when they were assigned.
    if age(line) > 0 {
        expected.insert("age");
    }
    if line["action"] == "applied" {
        expected.insert("step_size");
    }
    assert_eq!(fields, expected);
}

/// One first line, one last line, and the summary's numbers.
fn check_ends(summary: &Summary, lines: &[Value], method: &str) {
    let (first, last) = (&lines[0], lines.last().unwrap());
    assert_eq!(first["event"], "run");
    assert_eq!(first["method"], method);
    assert_eq!((number(first, "format"), number(first, "seed")), (2, 3));
    assert_eq!(
        (number(first, "workers"), number(first, "dimension")),
        (4, 1)
    );
    assert_eq!(number(first, "concurrency"), summary.concurrency.max as u64);
    assert_eq!(last["event"], "stopped");
    assert_eq!(last["reason"], summary.stop_reason.word());
    assert_eq!(last["model_hash"], summary.model_hash);
    assert_eq!(number(last, "version"), summary.updates);
    assert_close(time(last, "time"), summary.seconds, 1e-9);
    assert_eq!(of(lines, "run").count() + of(lines, "stopped").count(), 2);
    assert_eq!(gradients(lines).count() as u64, summary.gradients);
    for (evaluation, line) in summary.evaluations.iter().zip(of(lines, "evaluated")) {
        assert_eq!(number(line, "version"), evaluation.version.number());
        assert_eq!(time(line, "loss").to_bits(), evaluation.loss.to_bits());
        assert_eq!(
            time(line, "gradient_norm").to_bits(),
            evaluation.gradient_norm.to_bits()
        );
    }
    assert_eq!(of(lines, "evaluated").count(), summary.evaluations.len());
    let mut per_worker = [0; 4];
    for line in gradients(lines) {
        per_worker[usize::try_from(number(line, "worker")).unwrap()] += 1;
    }
    assert_eq!(per_worker, summary.gradients_per_worker[..]);
}

/// Times never run back, versions count updates, and nothing is received after its time.
fn check_order(lines: &[Value]) {
    let (mut now, mut version) = (0.0, 0);
    for line in &lines[1..] {
        match line["event"].as_str().unwrap() {
            "received" => {
                let times = ["assigned", "started", "finished", "time"].map(|f| time(line, f));
                assert!(times.is_sorted(), "{line}");
                assert!(now <= time(line, "time"), "{line}");
                now = time(line, "time");
                assert_eq!(number(line, "version"), version);
                let staleness = version - number(line, "read_version");
                assert_eq!(number(line, "staleness"), staleness);
                version += u64::from(line["action"] == "applied");
            }
            "updated" => {
                version += 1;
                assert_eq!(number(line, "version"), version);
            }
            _ => {}
        }
    }
}

/// From the lines alone: every job that was ever assigned came back or is listed at the end, and no
/// age is lost.
fn check_conservation(lines: &[Value]) {
    let came_back: BTreeSet<u64> = of(lines, "received").map(|l| number(l, "job")).collect();
    let out: BTreeSet<u64> = of(lines, "assigned").map(|l| number(l, "job")).collect();
    assert_eq!(came_back.len(), of(lines, "received").count());
    assert!(came_back.is_disjoint(&out));
    let all = came_back.union(&out).copied();
    assert!(all.eq(0..(came_back.len() + out.len()) as u64));
    let n_out = out.len() as u64;
    let all_are_listed = match (
        lines[0]["method"].as_str(),
        number(&lines[0], "concurrency"),
    ) {
        // With bounded staleness some wait for the slowest.
        (Some("ssp"), c) => (1..=c).contains(&n_out),
        // What the last update cancelled has not come back yet, and its worker has a new job
        // already.
        (Some("ringmaster-stop" | "m-synchronous"), c) => (c..2 * c).contains(&n_out),
        (_, c) => n_out == c,
    };
    assert!(all_are_listed, "{n_out}");

    let updates = number(lines.last().unwrap(), "version");
    let ended: u64 = of(lines, "received").map(|l| number(l, "staleness")).sum();
    let ages: u64 = of(lines, "assigned")
        .map(|l| updates - number(l, "version"))
        .sum();
    // Each job ages by one with every update while it is out.
    let aged: u64 = steps(lines).map(|version| out_during(lines, version)).sum();
    let assigned: u64 = lines.iter().map(age).sum();
    assert_eq!(assigned > 0, lines[0]["method"] == "ringleader");
    assert_eq!(ended + ages, assigned + aged);
}

/// The version before each update.
fn steps(lines: &[Value]) -> impl Iterator<Item = u64> {
    lines
        .iter()
        .filter_map(|line| match line["event"].as_str() {
            Some("received") if line["action"] == "applied" => Some(number(line, "version")),
            Some("updated") => Some(number(line, "version") - 1),
            _ => None,
        })
}

/// How many jobs were out when the update after this version was made; those that had come back for
/// it are not.
fn out_during(lines: &[Value], version: u64) -> u64 {
    let ended_later = of(lines, "received").filter(|l| {
        number(l, "read_version") + age(l) <= version && version < number(l, "version")
    });
    let never_ended = of(lines, "assigned").filter(|l| number(l, "version") + age(l) <= version);
    (ended_later.count() + never_ended.count()) as u64
}

fn check(name: &str, method: &str, experiment: Experiment) {
    let (summary, lines) = traced(name, experiment);
    lines[1..].iter().for_each(check_fields);
    check_ends(&summary, &lines, method);
    check_order(&lines);
    check_conservation(&lines);
}

#[test]
fn a_trace_in_virtual_time_keeps_the_contract() {
    for_every_method(|named| {
        let name = named.name;
        check(&format!("virtual-{name}"), name, in_virtual_time(name));
    });
}

#[test]
fn a_trace_of_a_run_on_threads_keeps_the_contract() {
    for method in ["pure", "shuffled", "pure-waiting:b=3", "fedbuff:b=2"] {
        check(&format!("threads-{method}"), method, on_threads(method));
    }
}

#[test]
fn more_jobs_than_workers_are_all_listed() {
    for method in ["pure", "random", "shuffled-waiting:b=5", "fedbuff:b=4"] {
        let experiment = in_virtual_time(method).concurrency(9);
        check(&format!("many-{method}"), method, experiment);
    }
}

#[test]
fn times_have_nine_decimals_and_the_header_says_what_was_added() {
    let path = scratch_file("decimals.jsonl");
    let experiment = in_virtual_time("pure").describe("dataset", "none at all");
    experiment.trace(&path).run().unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(header["dataset"], "none at all");
    assert_eq!(header["clock"], "virtual");
    for line in text.lines().skip(1) {
        let (_, rest) = line.split_once("\"time\":").unwrap();
        let (time, _) = rest.split_once(',').unwrap();
        let (_, decimals) = time.split_once('.').unwrap();
        assert_eq!(decimals.len(), 9, "{line}");
    }
}

#[test]
fn lost_workers_and_the_reason_of_a_failure_are_in_the_trace() {
    let oracle = |from: u64| {
        asgrad::from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
            out[0] = x[0];
            match job.worker().index() == 2 && job.job().number() >= from {
                true => Err("a \"quoted\" reason"),
                false => Ok(()),
            }
        })
    };
    let run = |policy, path: &std::path::Path| {
        Experiment::new(oracle(10))
            .clock(Clock::Virtual)
            .cluster(cluster(&linear(4), Law::fixed()))
            .on_lost_worker(policy)
            .updates(50)
            .trace(path)
            .run()
    };
    let path = scratch_file("lost.jsonl");
    run(OnLoss::Continue, &path).unwrap();
    let lines = read(&path);
    lines[1..].iter().for_each(check_fields);
    let lost: Vec<_> = of(&lines, "lost").collect();
    assert_eq!((lost.len(), number(lost[0], "worker")), (1, 2));
    assert!(number(lost[0], "job") >= 10);
    let reason = lost[0]["reason"].as_str().unwrap();
    assert!(reason.contains("a \"quoted\" reason"), "{reason}");

    run(OnLoss::Stop, &path).unwrap_err();
    let lines = read(&path);
    let last = lines.last().unwrap();
    assert_eq!(last["reason"], "worker-lost");
    assert!(
        last["message"]
            .as_str()
            .unwrap()
            .contains("a \"quoted\" reason")
    );
    // Its job has ended, without a gradient: it is in no line but the one that says so.
    assert_eq!(of(&lines, "assigned").count(), 3);
}
