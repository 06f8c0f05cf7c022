//! Advice on the machine of a recorded run: it is what a comparison on the machine itself says.

use std::sync::Arc;
use std::time::Duration;

use asgrad::advise::{Advice, Advisor};
use asgrad::compare::{CompareError, CompareObserver, Compared, Comparison, Quantity};
use asgrad::problems::Problem;
use asgrad::replay::WhatIf;
use asgrad::workers::Latency;
use asgrad::{Algorithm, Clock, Cluster, End, Experiment, RunSpec, Trace, load};

use crate::support::scratch_file;

/// A law of compute times, with the settings that say it.
type Machine = &'static [(&'static str, &'static str)];

/// Where every job of a worker takes the same time, with the milliseconds of each worker.
const FIXED: [(&str, Machine, [u64; 5]); 2] = [
    ("linear", &[("compute", "fixed")], [1, 2, 3, 4, 5]),
    (
        "one-slow",
        &[("compute", "fixed"), ("times", "1,1,1,1,12")],
        [1, 1, 1, 1, 12],
    ),
];
/// Where times are drawn.
const RANDOM: [(&str, Machine); 3] = [
    ("exponential", &[("compute", "exponential")]),
    (
        "lognormal",
        &[("compute", "lognormal:1"), ("times", "equal")],
    ),
    (
        "outages",
        &[
            ("compute", "fixed"),
            ("times", "equal"),
            ("slowdown", "outages:30ms,15ms"),
        ],
    ),
];

const METHODS: [&str; 6] = [
    "pure",
    "shuffled",
    "pure-waiting:b=2",
    "rennala:batch=3",
    "ringmaster:threshold=5",
    "ringleader",
];

fn spec(machine: Machine) -> RunSpec {
    let mut spec = RunSpec::default();
    let settings = [
        ("data", "digits"),
        ("rows", "150"),
        ("partition", "shuffled"),
        ("batch-size", "8"),
        ("workers", "5"),
        ("clock", "virtual"),
        ("method", "pure"),
        ("seconds", "0.2"),
    ];
    for (name, text) in settings.iter().chain(machine) {
        spec.set(name, text).unwrap();
    }
    spec
}

/// A run, recorded.
fn recorded(name: &str, run: Experiment) -> WhatIf {
    let path = scratch_file(&format!("advise-{name}.jsonl"));
    run.trace(&path).run().unwrap();
    WhatIf::of(&Trace::open(&path).unwrap(), None).unwrap()
}

fn named(methods: &[&str]) -> Vec<Algorithm> {
    methods.iter().map(|name| name.parse().unwrap()).collect()
}

/// Advice on a trace, and a comparison of the same methods on the machine itself.
fn both(machine: Machine, what_if: &WhatIf) -> (Advice, Compared) {
    let advisor = Advisor::on(what_if).methods(named(&METHODS)).seed(5);
    let advice = advisor.advise().unwrap();
    let problem: Option<Arc<Problem<f64>>> = load(&spec(machine)).unwrap();
    let end = End {
        target: advice.goal.target,
        ..End::after(what_if.past.known_duration)
    };
    let methods = METHODS.into_iter().chain(["minibatch", "sgd"]);
    let direct = Comparison::new(|_| Ok(Experiment::on(spec(machine), problem.as_ref())))
        .methods(methods)
        .clock(Clock::Virtual)
        .end(end)
        .seed(5);
    (advice, direct.run().unwrap())
}

#[test]
fn where_times_are_always_the_same_advice_is_the_comparison_on_the_machine() {
    for (name, machine, milliseconds) in FIXED {
        // Its trace has no law: times are those of a program of the user's.
        let times = milliseconds.map(|time| {
            vec![Latency {
                download: Duration::ZERO,
                compute: Some(Duration::from_millis(time)),
                upload: Duration::ZERO,
            }]
        });
        let cluster = Cluster::recorded(times.to_vec()).unwrap();
        let run = Experiment::of(spec(machine)).unwrap().cluster(cluster);
        let (advice, direct) = both(machine, &recorded(name, run));
        assert_eq!(advice.candidates.len(), direct.rows.len());
        for row in &direct.rows {
            assert_eq!(&advice.candidate(&row.method).unwrap().row, row, "{name}");
        }
        let times = advice.candidates.iter();
        let times: Vec<_> = times
            .map(|it| it.row.time().unwrap_or(f64::INFINITY))
            .collect();
        assert!(
            times.is_sorted() && times[0].is_finite(),
            "{name}: {times:?}"
        );
    }
}

#[test]
fn where_times_are_drawn_the_best_is_that_on_the_machine_or_not_told_from_it() {
    for (name, machine) in RANDOM {
        let run = Experiment::of(spec(machine)).unwrap();
        let (advice, direct) = both(machine, &recorded(name, run));
        let times = |method: &str| -> Quantity {
            let row = direct.rows.iter().find(|row| row.method == method).unwrap();
            assert!(row.time().is_some(), "{name}: {method}\n{direct}\n{advice}");
            row.quantity("time_to_target").unwrap().clone()
        };
        let timed = direct
            .rows
            .iter()
            .filter_map(|row| Some((row.time()?, &row.method)));
        let (_, best) = timed
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .unwrap();
        let advised = &advice.best().unwrap().row.method;
        let [low, _] = times(advised).over(&times(best)).ci95.unwrap();
        assert!(
            advised == best || low <= 1.0,
            "{name}: {low}\n{direct}\n{advice}"
        );
    }
}

#[test]
fn what_is_as_fast_as_mini_batch_sgd_is_not_worth_it() {
    let with = |settings: Machine| {
        let mut spec = spec(FIXED[0].1);
        for (name, text) in settings {
            spec.set(name, text).unwrap();
        }
        Experiment::of(spec).unwrap()
    };
    let what_if = recorded("waits", with(&[("method", "minibatch")]));
    // It waits for everybody, as mini-batch SGD does.
    let waits = Advisor::on(&what_if).methods(named(&["pure-waiting:b=5"]));
    let advice = waits.advise().unwrap();
    assert_eq!(advice.is_asynchrony_worth_it(), Some(false), "{advice}");
    let text = "pure-waiting:b=5, the best asynchronous candidate, is 1.00 times as fast as mini-batch SGD";
    assert!(advice.to_string().contains(text), "{advice}");

    let what_if = recorded("alone", with(&[("workers", "1")]));
    let short = Duration::from_millis(20);
    let alone = Advisor::on(&what_if).duration(short).repeat(1);
    let alone = alone.advise().unwrap();
    // Whatever waits for two is left out: it would wait for ever.
    assert!(alone.n_tried > 15 && alone.candidate("pure-waiting:b=2").is_none());
    assert_eq!(alone.is_asynchrony_worth_it(), Some(false), "{alone}");
    let text = "with one worker nothing is asynchronous";
    assert!(alone.to_string().contains(text), "{alone}");
}

#[test]
fn candidates_have_their_sizes_and_those_that_were_named_must_fit() {
    let what_if = recorded("sizes", Experiment::of(spec(FIXED[0].1)).unwrap());
    let advisor = || {
        Advisor::on(&what_if)
            .duration(Duration::from_millis(30))
            .repeat(1)
    };
    let advice = advisor()
        .methods(named(&["malenia", "fedbuff:b=7"]))
        .advise()
        .unwrap();
    let mut names: Vec<_> = advice.candidates.iter().map(|it| &*it.row.method).collect();
    names.sort_unstable();
    let expected = [
        "fedbuff:b=7",
        "malenia:batch=1",
        "malenia:batch=10",
        "malenia:batch=2",
        "malenia:batch=3",
        "malenia:batch=5",
        "minibatch",
        "pure",
        "sgd",
    ];
    assert_eq!(names, expected);
    let refused = advisor().methods(named(&["pure-waiting:b=6"])).advise();
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("b=6") && said.contains("no more than 5 jobs"),
        "{said}"
    );
}

struct Impatient;

impl CompareObserver for Impatient {
    fn is_interrupted(&self) -> bool {
        true
    }
}

#[test]
fn there_is_no_advice_of_half_a_comparison() {
    let what_if = recorded("interrupted", Experiment::of(spec(FIXED[0].1)).unwrap());
    let advised = Advisor::on(&what_if).advise_watched(&mut Impatient);
    assert!(matches!(advised, Err(CompareError::Interrupted)));
}
