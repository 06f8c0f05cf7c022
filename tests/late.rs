//! What becomes of late gradients: they are discarded on arrival, their jobs are cancelled, or they
//! are used.

use ps_core::{Event, Updated};
use std::time::Duration;

use asgrad::explain::{Explanation, InVain, Verdict};
use asgrad::ps_core::Action;
use asgrad::trace::Line;
use asgrad::{Clock, Cluster, Experiment, Law, Trace};

use crate::support::naive_rules::is_enough;
use crate::support::recording::{Recording, Setup};
use crate::support::{cluster, linear, quadratic, scratch_file};

const POLICIES: [&str; 3] = ["discard", "cancel", "use"];

fn record(method: &str, cluster: &Cluster, updates: u64) -> Recording {
    let centres: Vec<f64> = (0..cluster.n_workers()).map(|i| i as f64).collect();
    Setup::new(method, &[10.0], updates).record(quadratic(&centres), cluster)
}

fn update_times(run: &Recording) -> Vec<Duration> {
    let time = |note: &Event| match note {
        Event::Updated(Updated { time, .. }) => Some(*time),
        _ => None,
    };
    run.notes.iter().filter_map(time).collect()
}

/// The numbers of gradients of each worker in each update.
fn batches(run: &Recording, n_workers: usize) -> Vec<Vec<u64>> {
    let mut counts = vec![0; n_workers];
    let mut batches = Vec::new();
    for note in &run.notes {
        match note {
            Event::Received(r) => counts[r.worker.index()] += u64::from(r.action == Action::Held),
            Event::Updated(_) => batches.push(std::mem::replace(&mut counts, vec![0; n_workers])),
            _ => {}
        }
    }
    batches
}

fn clusters() -> Vec<Cluster> {
    let speeds = [linear(5), vec![1.0; 5], vec![1.0, 1.5, 4.0, 9.0, 100.0]];
    let laws = [Law::fixed(), Law::exponential(), Law::pareto(1.5)];
    let of = |law: Law| speeds.clone().map(|speeds| cluster(&speeds, law.clone()));
    laws.into_iter().flat_map(of).collect()
}

#[test]
fn what_is_used_is_fresh_unless_late_gradients_are_used() {
    for cluster in clusters() {
        for method in [
            "rennala:batch=3",
            "rennala:batch=8",
            "malenia:batch=9",
            "m-synchronous:m=2",
        ] {
            for late in POLICIES {
                let run = record(&format!("{method}:late={late}"), &cluster, 80);
                for r in run.received() {
                    let expected = match (r.staleness(), late) {
                        (0, _) | (_, "use") => Action::Held,
                        (_, "discard") => Action::Discarded,
                        _ => Action::Cancelled,
                    };
                    assert_eq!(r.action, expected, "{method}:late={late}");
                }
            }
        }
    }
}

#[test]
fn an_update_has_as_many_gradients_whatever_becomes_of_the_late_ones() {
    for cluster in clusters() {
        for late in POLICIES {
            let sizes = |method: &str| -> Vec<u64> {
                let run = record(&format!("{method}:late={late}"), &cluster, 50);
                let sizes = batches(&run, 5).into_iter().map(|batch| batch.iter().sum());
                sizes.collect()
            };
            assert_eq!(sizes("rennala:batch=7"), [7; 50], "{late}");
            assert_eq!(sizes("m-synchronous:m=3"), [3; 50], "{late}");
            let malenia = record(&format!("malenia:batch=9:late={late}"), &cluster, 50);
            assert!(batches(&malenia, 5).iter().all(|batch| is_enough(batch, 9)));
        }
    }
}

/// With fixed times whoever is cancelled begins at the update, and whoever runs on begins later.
#[test]
fn with_fixed_times_no_update_comes_later_if_late_jobs_are_called_off() {
    let mut is_earlier = 0;
    for speeds in [
        linear(5),
        vec![2.0, 3.0],
        vec![1.0, 1.7, 2.3, 11.0],
        vec![5.0, 6.0, 7.0],
    ] {
        let cluster = cluster(&speeds, Law::fixed());
        for method in [
            "rennala:batch=3",
            "rennala:batch=11",
            "malenia:batch=8",
            "m-synchronous:m=2",
        ] {
            let times = |late: &str| {
                let run = record(&format!("{method}:late={late}"), &cluster, 100);
                update_times(&run)
            };
            let (cancel, discard) = (times("cancel"), times("discard"));
            assert!(
                cancel.iter().zip(&discard).all(|(a, b)| a <= b),
                "{method} {speeds:?}"
            );
            is_earlier += u32::from(cancel < discard);
        }
    }
    assert!(is_earlier > 8, "often it is earlier: {is_earlier}");
}

/// Workers of speeds 2 and 3, Rennala with S = 2. A job is at work from … to:
///
/// | late | worker 0 | worker 1 | updates at | for nothing |
/// |---|---|---|---|---|
/// | `discard` | 0–2, *2–4*, 4–6, 6–8, 8–10, 10–12, 12–14 | 0–3, 3–6, *6–9*, *9–12* | 3, 6, 10, 14 | 3 gradients, 2 + 3 + 3 ms |
/// | `cancel` | 0–2, *2–3*, 3–5, *5–6*, 6–8, *8–9*, 9–11 | 0–3, 3–6, 6–9, 9–12 | 3, 6, 9, 12 | 3 jobs, 1 + 1 + 1 ms |
/// | `use` | 0–2, 2–4, 4–6, 6–8, 8–10 | 0–3, 3–6, 6–9 | 3, 6, 8, 10 | none |
///
/// At 6 and 12 both finish: the job with the smaller number goes first, and that is worker 1's.
#[test]
fn on_the_same_workers_the_policies_waste_what_they_waste_on_paper() {
    let expected = [
        ("discard", [3, 6, 10, 14], (3, 8), (0, 0)),
        ("cancel", [3, 6, 9, 12], (0, 0), (3, 3)),
        ("use", [3, 6, 8, 10], (0, 0), (0, 0)),
    ];
    for (late, times, discarded, cancelled) in expected {
        let path = scratch_file("late.jsonl");
        Experiment::with_objective(quadratic(&[4.0, 0.0]))
            .method(&format!("rennala:batch=2:late={late}"))
            .clock(Clock::Virtual)
            .cluster(cluster(&[2.0, 3.0], Law::fixed()))
            .trace(&path)
            .updates(4)
            .run()
            .unwrap();
        let trace = Trace::open(&path).unwrap();
        let lines = trace.lines().unwrap().map(|line| line.unwrap().1);
        let updates = lines.filter_map(|line| match line {
            Line::Event(Event::Updated(updated)) => Some(updated.time.as_millis()),
            _ => None,
        });
        assert!(updates.eq(times), "{late}");
        let explanation = Explanation::of(&trace).unwrap();
        let in_vain = |of: InVain| (of.jobs, of.time.as_millis());
        let wasted = explanation.wasted;
        assert_eq!(in_vain(wasted.discarded), discarded, "{late}");
        assert_eq!(in_vain(wasted.cancelled), cancelled, "{late}");
        assert_eq!(in_vain(wasted.expired), (0, 0), "{late}");
        assert_eq!(in_vain(wasted.lost), (0, 0), "{late}");
        assert_eq!(explanation.conservation.verdict, Verdict::Holds, "{late}");
    }
}

fn same(a: &Recording, b: &Recording) {
    assert_eq!(a.notes, b.notes);
    let bits = |run: &Recording| -> Vec<u64> {
        let values = run.models.iter().map(|model| model.values()[0]);
        values.map(f64::to_bits).collect()
    };
    assert_eq!(bits(a), bits(b));
}

/// If late gradients are used, nobody can tell the first `m` of a round from `m` that were waited
/// for.
#[test]
fn m_synchronous_that_uses_late_gradients_is_the_waiting_variant_bit_for_bit() {
    for cluster in clusters() {
        let uses = record("m-synchronous:m=3:late=use", &cluster, 100);
        same(&uses, &record("pure-waiting:b=3", &cluster, 100));
    }
}

/// The first gradient of an older version is the last of a batch of one.
#[test]
fn rennala_with_batches_of_one_that_uses_late_gradients_is_pure_bit_for_bit() {
    for cluster in clusters() {
        let uses = record("rennala:batch=1:late=use", &cluster, 100);
        let pure = record("pure", &cluster, 100);
        let models = |run: &Recording| -> Vec<u64> {
            let values = run.models.iter().map(|model| model.values()[0]);
            values.map(f64::to_bits).collect()
        };
        assert_eq!(models(&uses), models(&pure));
    }
}

/// Stop at once, or ignore on arrival: with one worker there is nothing to stop.
#[test]
fn what_is_written_is_read_again_and_other_words_are_refused() {
    let typed = [
        "rennala:batch=3:late=cancel",
        "malenia:late=use",
        "m-synchronous:late=discard:m=2",
    ];
    for text in typed {
        let spec: asgrad::methods::MethodSpec = text.parse().unwrap();
        assert_eq!(spec.to_string(), text);
    }
    let value = |text: &str| {
        let spec: asgrad::methods::MethodSpec = text.parse().unwrap();
        spec.value("late", 4)
    };
    assert_eq!(value("m-synchronous").as_deref(), Some("cancel"));
    assert_eq!(value("malenia").as_deref(), Some("discard"));
    assert_eq!(value("malenia:late=use").as_deref(), Some("use"));
    assert_eq!(value("pure"), None);
    for (text, said) in [
        (
            "rennala:late=x",
            "method `rennala:late=x`: late is `x`, and must be discard or cancel or use",
        ),
        (
            "rennala:late=cancle",
            "method `rennala:late=cancle`: late is `cancle`, and must be discard or cancel or use; did you mean `cancel`?",
        ),
        (
            "malenia:late=1",
            "method `malenia:late=1`: late is 1, and must be discard or cancel or use",
        ),
        (
            "malenia:late=use:late=use",
            "method `malenia:late=use:late=use`: `late` is given twice",
        ),
        (
            "ringmaster:late=use",
            "method `ringmaster` has no key `late`; it has threshold",
        ),
    ] {
        let error = text
            .parse::<asgrad::methods::MethodSpec>()
            .unwrap_err()
            .to_string();
        assert_eq!(error, said);
    }
}
