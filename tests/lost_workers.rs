//! Methods that wait for every worker, or send jobs to the sender alone, go on without a lost one:
//! each says what that means.

use asgrad::{Law, OnLoss, StopReason};

use crate::fresh::used;
use ps_core::{Event, Stopped};

use crate::support::failing::failing;
use crate::support::recording::{Recording, Setup};
use crate::support::{assert_close, cluster, quadratic};

/// `f_i(x) = ½(x − c_i)²`, and one worker fails from a certain job on.
#[derive(Clone)]
struct Losing {
    centres: [f64; 3],
    worker: usize,
    from: u64,
}

impl Losing {
    /// A run of so many updates with γ = 0.1 on workers of speeds 1, 4 and 5.
    fn record(&self, method: &str, updates: u64) -> Recording {
        let (worker, from) = (self.worker, self.from);
        let oracle = failing(quadratic(&self.centres), move |w, job| {
            w == worker && job >= from
        });
        let mut setup = Setup::new(method, &[10.0], updates);
        setup.on_loss = OnLoss::Continue;
        let run = setup.record(oracle, &cluster(&[1.0, 4.0, 5.0], Law::fixed()));
        let reason = run.notes.iter().find_map(|note| match note {
            Event::Stopped(Stopped { reason, .. }) => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(reason, Some(StopReason::Updates));
        run
    }

    /// The mean of the centres of those that stay.
    fn minimiser(&self) -> f64 {
        let all: f64 = self.centres.iter().sum();
        (all - self.centres[self.worker]) / 2.0
    }
}

/// Whoever is lost at whatever moment: its row leaves the mean, the round ends, and the others'
/// mean is minimised.
#[test]
fn malenia_goes_on_without_a_lost_worker_and_minimises_the_mean_of_the_others() {
    let centres = [4.0, 0.0, -1.0];
    for (worker, from) in (0..3).flat_map(|worker| (0..30).map(move |from| (worker, from))) {
        for method in ["malenia", "malenia:batch=8"] {
            let losing = Losing {
                centres,
                worker,
                from,
            };
            let run = losing.record(method, 400);
            assert_close(run.last()[0], losing.minimiser(), 1e-12);
        }
    }
    // Worker 2 is lost at time 5, before it has delivered anything; the next gradient, of worker 0
    // at that very time, ends the round: Σ G/B = (10 − 4) + (10 − 0), over the two that are left.
    let losing = Losing {
        centres,
        worker: 2,
        from: 0,
    };
    let run = losing.record("malenia", 1);
    assert_eq!(run.received().last().unwrap().time.as_millis(), 5);
    assert_close(run.last()[0], 10.0 - 0.1 * 16.0 / 2.0, 1e-15);
}

#[test]
fn rennala_and_ringmaster_go_on_with_the_jobs_of_the_others() {
    let centres = [2.0, 2.0, 2.0];
    for (worker, from) in (0..3).flat_map(|worker| (0..20).map(move |from| (worker, from))) {
        let losing = Losing {
            centres,
            worker,
            from,
        };
        let run = losing.record("rennala:batch=4", 300);
        assert!(used(&run, 3).iter().all(|round| round.len() == 4));
        assert_close(run.last()[0], 2.0, 1e-12);
        let run = losing.record("ringmaster:threshold=3", 300);
        assert_eq!(run.received().last().unwrap().concurrency, 2);
        assert_close(run.last()[0], 2.0, 1e-12);
    }
}

/// Worker 0 has delivered at time 1 and is lost at 2. Workers 1 and 2 deliver at 4 and 5: Σ G/B =
/// (10 − 0) + (10 + 1), and not the 10 − 4 of the lost one.
#[test]
fn what_a_lost_worker_has_delivered_in_this_round_leaves_the_mean() {
    let losing = Losing {
        centres: [4.0, 0.0, -1.0],
        worker: 0,
        from: 3,
    };
    for method in ["malenia:batch=1", "ringleader"] {
        let run = losing.record(method, 1);
        assert_eq!(run.received().count(), 3);
        assert_close(run.last()[0], 10.0 - 0.1 * 21.0 / 2.0, 1e-15);
    }
}

/// Whoever is lost, in whichever phase: its rows leave the mean, a round is two updates by the two
/// that are left, and the mean of their functions is minimised.
#[test]
fn ringleader_goes_on_without_a_lost_worker_and_minimises_the_mean_of_the_others() {
    let centres = [4.0, 0.0, -1.0];
    for (worker, from) in (0..3).flat_map(|worker| (0..60).map(move |from| (worker, from))) {
        let losing = Losing {
            centres,
            worker,
            from,
        };
        let run = losing.record("ringleader", 500);
        assert_close(run.last()[0], losing.minimiser(), 1e-10);
        let is_lost = |note: &Event| matches!(note, Event::Lost(_));
        let lost = run.notes.iter().position(is_lost).unwrap();
        let (mut sender, mut makers) = (0, Vec::new());
        for note in &run.notes[lost..] {
            match note {
                Event::Received(r) => sender = r.worker.index(),
                Event::Updated(_) => makers.push(sender),
                _ => {}
            }
        }
        // The round in which it was lost may have had its first update before.
        let differ = |makers: &[usize]| makers.chunks_exact(2).all(|pair| pair[0] != pair[1]);
        assert!(differ(&makers) || differ(&makers[1..]), "{worker} {from}");
    }
}
