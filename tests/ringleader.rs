//! Ringleader: rounds of one update for each worker, which goes on at the version it last received
//! (`methods.md` §7, §21.10).

use ps_core::{Event, Updated};
use std::collections::BTreeSet;
use std::time::Duration;

use asgrad::explain::{Explanation, Verdict};
use asgrad::ps_core::Action;
use asgrad::workers::Serving;
use asgrad::{Clock, Cluster, Experiment, Law, Trace};

use crate::support::recording::{Recorder, Setup};
use crate::support::{assert_close, cluster, equal, linear, quadratic, scratch_file, serving_by};

/// Workers of speeds 1, 4 and 5, centres 4, 0 and −1, γ = ¾: `x ← x − ¼ Σ_j G_j/b_j`. All gradients
/// in a row are equal, so that the mean of a row is any of them: a, b, c.
///
/// | time | job (worker) | read | gradient | |
/// |---|---|---|---|---|
/// | 1, 2, 3 | 0, 3, 4 (0) | 0 | −4 | a = −4, three times |
/// | 4 | 1 (1) | 0 | 0 | b = 0 |
/// | 4 | 5 (0) | 0 | −4 | |
/// | 5 | 2 (2) | 0 | 1 | c = 1, all rows are filled: x₁ = ¼·3 = 0.75 |
/// | 5 | 7 (0) | 0 | −4 | x₂ = 1.5 |
/// | 6, 7 | 9, 10 (0) | 2 | −2.5 | next a = −2.5, twice |
/// | 8 | 6 (1) | 0 | 0 | x₃ = 2.25, the round ends: a = −2.5, b and c empty |
/// | 8, 9 | 11, 13 (0) | 2 | −2.5 | |
/// | 10 | 8 (2) | 1 | 1.75 | c = 1.75 |
/// | 10, 11 | 14, 16 (0) | 2 | −2.5 | |
/// | 12 | 12 (1) | 3 | 2.25 | b = 2.25, all rows are filled: x₄ = 2.25 − ¼·1.5 = 1.875 |
/// | 12 | 17 (0) | 2 | −2.5 | x₅ = 1.5 |
/// | 13, 14, 15 | 19, 20, 21 (0) | 5 | −2.5 | next a; but at 15 job 15 is first |
/// | 15 | 15 (2) | 1 | 1.75 | staleness 4 = 2n − 2: x₆ = 1.125, the round ends |
#[test]
fn six_updates_of_ringleader_are_those_on_paper() {
    let mut setup = Setup::new("ringleader", &[0.0], 6);
    setup.step_size = 0.75;
    let cluster = cluster(&[1.0, 4.0, 5.0], Law::fixed());
    let run = setup.record(quadratic(&[4.0, 0.0, -1.0]), &cluster);
    let expected = [0.0, 0.75, 1.5, 2.25, 1.875, 1.5, 1.125];
    for (model, expected) in run.models.iter().zip(expected) {
        assert_close(model.values()[0], expected, 1e-15);
    }
    let arrivals: Vec<_> = run
        .received()
        .map(|r| {
            (
                r.time.as_millis(),
                r.job.number(),
                r.worker.index(),
                r.read_version.number(),
            )
        })
        .collect();
    let expected = [
        (1, 0, 0, 0),
        (2, 3, 0, 0),
        (3, 4, 0, 0),
        (4, 1, 1, 0),
        (4, 5, 0, 0),
        (5, 2, 2, 0),
        (5, 7, 0, 0),
        (6, 9, 0, 2),
        (7, 10, 0, 2),
        (8, 6, 1, 0),
        (8, 11, 0, 2),
        (9, 13, 0, 2),
        (10, 8, 2, 1),
        (10, 14, 0, 2),
        (11, 16, 0, 2),
        (12, 12, 1, 3),
        (12, 17, 0, 2),
        (13, 19, 0, 5),
        (14, 20, 0, 5),
        (15, 15, 2, 1),
    ];
    assert_eq!(arrivals, expected);
    let last = run.received().last().unwrap();
    assert_eq!((last.staleness(), last.age), (4, 2));
}

/// The row of a worker: the version that all its gradients were computed at, and how many they are.
#[derive(Clone, Copy, Default)]
struct Row {
    version: Option<u64>,
    count: u64,
}

/// What was found in the rounds of a run.
struct Rounds {
    /// Milliseconds of the end of each, and of the start.
    ends: Vec<f64>,
    /// The largest age of a row that was used.
    oldest: u64,
    /// The smallest harmonic mean of the numbers in the rows.
    least: f64,
}

/// Puts the table together again from who delivered what and when an update was made, and checks
/// that a round is n updates by n different workers, that rows are of one version each, at most
/// 2n − 2 old, and that nothing is dropped.
fn rounds(notes: &[Event], n: usize) -> Rounds {
    let (mut now, mut next) = (vec![Row::default(); n], vec![Row::default(); n]);
    let mut updated = BTreeSet::new();
    let mut sender = n;
    let mut found = Rounds {
        ends: vec![0.0],
        oldest: 0,
        least: f64::INFINITY,
    };
    for note in notes {
        match note {
            Event::Received(r) => {
                assert_eq!((r.action, r.concurrency), (Action::Held, n), "{r:?}");
                sender = r.worker.index();
                let table = if updated.contains(&sender) {
                    &mut next
                } else {
                    &mut now
                };
                let (row, version) = (&mut table[sender], r.read_version.number());
                assert_eq!(*row.version.get_or_insert(version), version, "{r:?}");
                row.count += 1;
            }
            Event::Updated(Updated { version, time, .. }) => {
                assert!(updated.insert(sender), "worker {sender} twice in a round");
                for row in &now {
                    let age = version.number() - 1 - row.version.expect("every row is filled");
                    found.oldest = found.oldest.max(age);
                }
                let inverses: f64 = now.iter().map(|row| 1.0 / row.count as f64).sum();
                found.least = found.least.min(n as f64 / inverses);
                if updated.len() == n {
                    updated.clear();
                    now = std::mem::replace(&mut next, vec![Row::default(); n]);
                    found.ends.push(time.as_secs_f64() * 1e3);
                }
            }
            _ => {}
        }
    }
    assert!(found.oldest <= 2 * n as u64 - 2, "{}", found.oldest);
    found
}

fn schedule(speeds: &[f64], law: Law, rounds: usize) -> Vec<Event> {
    let recorder = Recorder::default();
    let experiment = Experiment::<f64>::schedule_only()
        .method("ringleader")
        .clock(Clock::Virtual)
        .cluster(cluster(speeds, law))
        .observer(recorder.clone())
        .updates((rounds * speeds.len()) as u64);
    experiment.run().unwrap();
    recorder.take()
}

fn profiles(n: u32) -> [Vec<f64>; 4] {
    let root = (1..=n).map(|i| f64::from(i).sqrt()).collect();
    let mut one_slow = linear(n);
    *one_slow.last_mut().unwrap() *= 10.0;
    [linear(n), equal(n as usize), root, one_slow]
}

/// With fixed speeds a round takes at most `2 s_n`, and the harmonic mean of the numbers is at
/// least `s_n/(2 s_A)`.
#[test]
fn a_round_is_n_updates_by_n_workers_with_rows_of_one_version_each() {
    for n in [1, 2, 3, 5, 10, 20] {
        for speeds in profiles(n) {
            rounds(&schedule(&speeds, Law::exponential(), 60), n as usize);
            let found = rounds(&schedule(&speeds, Law::fixed(), 60), n as usize);
            assert_eq!(found.ends.len(), 61);
            let slowest = speeds.iter().copied().fold(0.0, f64::max);
            for ends in found.ends.windows(2) {
                assert!(ends[1] - ends[0] <= 2.0 * slowest + 1e-5, "{speeds:?}");
            }
            let mean = speeds.iter().sum::<f64>() / f64::from(n);
            assert!(
                found.least >= slowest / (2.0 * mean),
                "{speeds:?}: {}",
                found.least
            );
        }
    }
}

#[test]
fn a_staleness_of_2n_minus_2_is_reached() {
    for n in [1, 2, 3, 5, 10, 20] {
        let found = rounds(&schedule(&linear(n), Law::exponential(), 200), n as usize);
        assert_eq!(found.oldest, 2 * u64::from(n) - 2);
    }
}

/// Jobs that are repeated at an old version have an age when they are assigned, and no age is lost.
#[test]
fn ages_at_assignment_are_in_the_books_of_the_conservation_law() {
    let short = Cluster::new(linear(4), Duration::from_micros(20)).unwrap();
    let short = short.compute(Law::exponential());
    for (name, serving) in [
        ("virtual", None),
        ("combining", Some(Serving::Combining)),
        ("thread", Some(Serving::Thread)),
    ] {
        let path = scratch_file(&format!("ringleader-{name}.jsonl"));
        let experiment = Experiment::with_objective(quadratic(&[3.0, 0.0, -6.0, 1.0]))
            .method("ringleader")
            .step_size(0.05)
            .updates(400);
        let experiment = match serving {
            None => experiment
                .clock(Clock::Virtual)
                .cluster(cluster(&linear(4), Law::exponential())),
            // Waits that are short, but let the others run.
            Some(serving) => experiment
                .cluster(short.clone())
                .threads(serving_by(serving)),
        };
        experiment.trace(&path).run().unwrap();
        let law = Explanation::of(&Trace::open(&path).unwrap())
            .unwrap()
            .conservation;
        assert_eq!(law.verdict, Verdict::Holds, "{name}");
        assert!(law.ages_assigned > 0, "{name}: {law:?}");
        assert_eq!(law.ages_ended + law.ages_out, law.ages_assigned + law.aged);
    }
}
