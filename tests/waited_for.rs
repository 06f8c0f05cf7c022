//! A run says what its numbers do not: who was waited for, that no step was made, that the loss
//! grew, which rows nobody has.

use std::time::Duration;

use asgrad::explain::{Explanation, Finding};
use asgrad::problems::{Batch, Partition, ProblemKind, ProblemSpec, Source};
use asgrad::{Clock, End, Experiment, Summary, Threads, Trace, Warning, WorkerId};

use crate::support::{cluster, quadratic, scratch_file};

const DEAD: usize = 3;

/// Four workers, the last of which never answers, for 1,500 units.
fn beside_a_dead_worker(method: &str) -> (Summary, Trace) {
    let path = scratch_file(&format!("waited-for-{}.jsonl", method.replace(':', "-")));
    let times = [1.0, 2.0, 2.0, f64::INFINITY];
    let run = Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0, 4.0]))
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster(&times, asgrad::Law::fixed()))
        .end(End::after(Duration::from_millis(1500)))
        .trace(&path);
    (run.run().unwrap(), Trace::open(&path).unwrap())
}

#[test]
fn a_worker_that_never_answers_is_named_in_the_summary_and_first_in_what_explains_it() {
    for method in [
        "malenia",
        "ringleader",
        "minibatch",
        "shuffled",
        "fedbuff:b=2",
        "ssp",
        "pure",
    ] {
        let (summary, trace) = beside_a_dead_worker(method);
        let Some(Warning::WaitedFor(waited)) = summary.warnings.first() else {
            panic!("{method}: {:?}", summary.warnings);
        };
        assert_eq!(waited.worker, WorkerId::new(DEAD), "{method}");
        assert_eq!(waited.time + waited.since, Duration::from_millis(1500));
        let text = summary.warnings[0].to_string();
        assert!(text.starts_with("worker 3 has not answered job "), "{text}");
        let findings = Explanation::of(&trace).unwrap().findings;
        let Some(Finding::Silent(silent)) = findings.first() else {
            panic!("{method}: {findings:?}");
        };
        assert_eq!(
            (silent.longest.worker, silent.longest.medians),
            (waited.worker, waited.medians)
        );
        let has_no_update = summary.updates == 0 && summary.gradients > 0;
        let says_so = |it: &Warning| matches!(it, Warning::NoUpdate { .. });
        assert_eq!(
            summary.warnings.iter().any(says_so),
            has_no_update,
            "{method}"
        );
        let found = |it: &Finding| matches!(it, Finding::NoUpdate(_));
        assert_eq!(findings.iter().any(found), has_no_update, "{method}");
    }
}

#[test]
fn slow_workers_are_not_waited_for() {
    let times = [1.0, 2.0, 4.0, 40.0];
    let run = Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0, 4.0]))
        .method("pure")
        .clock(Clock::Virtual)
        .cluster(cluster(&times, asgrad::Law::exponential()))
        .updates(2000)
        .run();
    assert_eq!(run.unwrap().warnings, []);
}

#[test]
fn a_loss_far_above_where_it_began_is_said() {
    let run = Experiment::with_objective(quadratic(&[1.0, -2.0]))
        .method("pure")
        .step_size(2.5)
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0, 1.0], asgrad::Law::fixed()))
        .updates(40)
        .run();
    let warnings = run.unwrap().warnings;
    assert!(
        matches!(warnings[..], [Warning::LossGrew { .. }]),
        "{warnings:?}"
    );
}

#[test]
fn rows_that_no_worker_has_are_said_from_one_in_a_hundred() {
    for (rows, workers, is_said) in [(199, 100, true), (200, 100, false), (1797, 10, false)] {
        let mut problem = ProblemSpec::new(Source::Digits);
        problem.rows = Some(rows);
        problem.problem = Some(ProblemKind::softmax());
        problem.partition = Some(Partition::shuffled());
        problem.batch = Batch::Full;
        let mut spec = asgrad::RunSpec::default();
        (spec.problem, spec.workers, spec.end.updates) = (Some(problem), Some(workers), Some(1));
        spec.set("clock", "virtual").unwrap();
        spec.set("compute", "fixed").unwrap();
        let loaded = asgrad::load::<f64>(&spec).unwrap();
        let problem = loaded.as_ref().unwrap();
        let unused = rows % workers;
        assert_eq!(problem.unused_rows, unused);
        assert_eq!(problem.description.contains("nobody has"), unused > 0);
        let summary = Experiment::on(spec, loaded.as_ref()).run().unwrap();
        let said = Warning::UnusedRows { unused, rows };
        assert_eq!(summary.warnings.contains(&said), is_said, "{rows}");
        assert_eq!(summary.unused_rows, unused);
    }
}

/// Ten thousand columns, three values a row.
#[test]
fn hogwild_that_is_dense_because_of_its_regulariser_says_so() {
    let path = scratch_file("wide.txt");
    let row = |i: usize| format!("{} {}:1 {}:1 10000:1\n", i % 2, i + 1, i + 2);
    let text: String = (0..400).map(row).collect();
    std::fs::write(&path, text).unwrap();
    let trace = scratch_file("dense-access.jsonl");
    for (regularizer, is_said) in [("l2:0.001", true), ("none", false)] {
        let mut spec = asgrad::RunSpec::default();
        for (setting, text) in [
            ("data", path.to_str().unwrap()),
            ("method", "hogwild"),
            ("workers", "2"),
            ("updates", "50"),
            ("regularizer", regularizer),
        ] {
            spec.set(setting, text).unwrap();
        }
        let run = Experiment::<f64>::of(spec).unwrap().trace(&trace);
        let warnings = run.run().unwrap().warnings;
        let dense =
            |it: &Warning| matches!(it, Warning::DenseAccess { touched } if *touched < 0.01);
        assert_eq!(warnings.iter().any(dense), is_said, "{warnings:?}");
        let findings = Explanation::of(&Trace::open(&trace).unwrap())
            .unwrap()
            .findings;
        let found = |it: &Finding| matches!(it, Finding::DenseAccess(_));
        assert_eq!(findings.iter().any(found), is_said, "{findings:?}");
    }
}

/// The standard library aborts the process if a thread finds no memory map left.
#[cfg(target_os = "linux")]
#[test]
fn more_threads_than_the_system_has_memory_maps_for_are_refused() {
    let workers = Threads::most_workers() + 10_000;
    let oracle = asgrad::from_fn(1, |_, _: &[f64], _: &mut [f64]| {});
    let refused = Experiment::new(oracle)
        .workers(workers)
        .build()
        .unwrap_err();
    let said = refused.to_string();
    assert!(said.starts_with(&format!("workers {workers}: ")), "{said}");
    assert!(said.contains("vm.max_map_count"), "{said}");
}
