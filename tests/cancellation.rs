//! Jobs that are cancelled, or given a limit: what becomes of them, of their time, and of their
//! results.

use std::time::Duration;

use asgrad::explain::{Activity, Explanation};
use asgrad::ps_core::Action;
use asgrad::trace::Line;
use asgrad::{Clock, Cluster, Event, Experiment, Law, Oracle, Replay, StopReason, Summary, Trace};
use methods::{Arrival, Gradient, Method, Server};
use ps_core::WorkerId;
use ps_core::sync::Mutex;

use crate::support::{cluster, quadratic, scratch_file};

/// A run with a trace, and its lines.
fn traced(name: &str, experiment: Experiment) -> (Summary, Trace, Vec<Line>) {
    let path = scratch_file(&format!("cancellation-{name}.jsonl"));
    let summary = experiment.trace(&path).run().unwrap();
    let trace = Trace::open(&path).unwrap();
    let lines = trace.lines().unwrap().map(|line| line.unwrap().1);
    let lines = lines.collect();
    (summary, trace, lines)
}

/// Milliseconds and what happened to whose job, for every job that came back.
fn fates(lines: &[Line]) -> Vec<(u128, usize, u64, Action)> {
    let fate = |line: &Line| match line {
        Line::Event(Event::Received(received)) => {
            let worker = received.worker.index();
            let time = received.time.as_millis();
            Some((time, worker, received.job.number(), received.action))
        }
        _ => None,
    };
    lines.iter().filter_map(fate).collect()
}

fn virtually(method: &str, speeds: &[f64], updates: u64) -> Experiment {
    let centres: Vec<f64> = (1..=speeds.len()).map(|i| i as f64).collect();
    Experiment::with_objective(quadratic(&centres))
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster(speeds, Law::fixed()))
        .updates(updates)
}

#[test]
fn what_is_called_off_comes_back_at_once_and_the_worker_goes_on_with_its_next_job() {
    // Worker 0 ends a round every ms; worker 1 needs 5 ms and is cancelled each time, right after
    // the step.
    let (_, _, lines) = traced("rounds", virtually("m-synchronous:m=1", &[1.0, 5.0], 3));
    use Action::{Cancelled, Held};
    let expected = [
        (1, 0, 0, Held),
        (1, 1, 1, Cancelled),
        (2, 0, 2, Held),
        (2, 1, 3, Cancelled),
        (3, 0, 4, Held),
    ];
    assert_eq!(fates(&lines), expected);
}

#[test]
fn every_applied_gradient_is_younger_than_the_threshold_and_no_late_result_is_used() {
    for threshold in 1..8 {
        let method = format!("ringmaster-stop:threshold={threshold}");
        let speeds = [1.0, 1.5, 4.0, 9.0, 100.0];
        let (summary, trace, lines) = traced("young", virtually(&method, &speeds, 300));
        assert_eq!((summary.updates, summary.gradients), (300, 300));
        let mut cancelled = 0;
        for line in &lines {
            if let Line::Event(Event::Received(received)) = line {
                match received.action {
                    Action::Applied => assert!(received.staleness() < threshold),
                    Action::Cancelled => cancelled += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(cancelled > 0);
        let explanation = Explanation::of(&trace).unwrap();
        assert_eq!(explanation.cancelled, cancelled);
        let conservation = format!("{:?}", explanation.conservation.verdict);
        assert_eq!(conservation, "Holds");
        let end = explanation.duration;
        for account in &explanation.workers {
            assert_eq!(account.times.total(), end, "all time is accounted for");
        }
        // The slowest never finishes: all of its time is for nothing, but that of its last job.
        let slowest = &explanation.workers[4];
        assert_eq!(slowest.gradients, 0);
        assert!(
            slowest.wasted.cancelled.time > end / 2
                && slowest.wasted.time() <= slowest.times.at(Activity::Computing)
        );
    }
}

#[test]
fn with_an_endless_threshold_it_is_pure_asynchronous_sgd_bit_for_bit() {
    let speeds = [1.0, 2.0, 7.0];
    let pure = virtually("pure", &speeds, 400).run().unwrap();
    let stop = virtually("ringmaster-stop:threshold=1000", &speeds, 400);
    assert_eq!(stop.run().unwrap().model_hash, pure.model_hash);
}

#[test]
fn with_all_workers_it_is_mini_batch_sgd_bit_for_bit() {
    let speeds = [1.0, 2.0, 7.0];
    let minibatch = virtually("minibatch", &speeds, 50).run().unwrap();
    let all = virtually("m-synchronous:m=3", &speeds, 50).run().unwrap();
    assert_eq!(all.model_hash, minibatch.model_hash);
    assert_eq!(all.seconds, minibatch.seconds);
}

/// Gives worker 0 three jobs; when worker 1 delivers, they are cancelled and it gets a fourth.
#[derive(Debug)]
struct CallsOffAQueue;

impl Method for CallsOffAQueue {
    fn start(&mut self, server: &mut Server<'_>) {
        for _ in 0..3 {
            server.assign(WorkerId::new(0));
        }
        server.assign(WorkerId::new(1));
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.step(gradient, 0.5);
        if arrival.worker.index() == 1 {
            // What is assigned in the same turn is not meant, whatever the order.
            server.assign(WorkerId::new(0));
            server.cancel(WorkerId::new(0));
        }
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn what_lies_in_a_queue_is_withdrawn_and_what_is_assigned_in_the_same_turn_stays() {
    let experiment =
        virtually("pure", &[10.0, 4.0], 2).own_method("queue", Box::new(CallsOffAQueue));
    let (_, trace, lines) = traced("queue", experiment);
    let withdrawn: Vec<_> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Event(Event::CancelledInQueue(gone)) => {
                Some((gone.time.as_millis(), gone.job.number(), gone.concurrency))
            }
            _ => None,
        })
        .collect();
    assert_eq!(withdrawn, [(4, 1, 3), (4, 2, 2)]);
    // Job 0 has been at work for 4 of its 10 ms; job 4 takes 10 more.
    let expected = [
        (4, 1, 3, Action::Applied),
        (4, 0, 0, Action::Cancelled),
        (14, 0, 4, Action::Applied),
    ];
    assert_eq!(fates(&lines), expected);
    let replay = Replay::new(&trace).objective(quadratic(&[1.0, 2.0]));
    let replayed = replay.own_method(Box::new(CallsOffAQueue)).run().unwrap();
    assert_eq!(replayed.divergence, None);
}

/// Each job has 3 ms; who was too slow tries again.
#[derive(Debug, Default)]
struct Patient {
    expired: Vec<(usize, Duration)>,
}

impl Method for Patient {
    fn start(&mut self, server: &mut Server<'_>) {
        for worker in (0..server.n_workers()).map(WorkerId::new) {
            server.assign_within(worker, Duration::from_millis(3));
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.step(gradient, 0.1);
        server.assign_within(arrival.worker, Duration::from_millis(3));
    }

    fn on_expired(&mut self, job: &Arrival, server: &mut Server<'_>) {
        self.expired
            .push((job.worker.index(), job.finished - job.started));
        server.assign_within(job.worker, Duration::from_millis(3));
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_job_is_given_up_exactly_at_its_limit() {
    let experiment = virtually("pure", &[2.0, 3.0, 5.0], 8);
    let experiment = experiment.own_method("patient", Box::new(Patient::default()));
    let (_, trace, lines) = traced("limit", experiment);
    use Action::{Applied, Expired};
    let expected = [
        (2, 0, 0, Applied),
        (3, 1, 1, Applied),
        (3, 2, 2, Expired),
        (4, 0, 3, Applied),
        (6, 1, 4, Applied),
        (6, 2, 5, Expired),
        (6, 0, 6, Applied),
        (8, 0, 9, Applied),
        (9, 1, 7, Applied),
        (9, 2, 8, Expired),
        (10, 0, 10, Applied),
    ];
    assert_eq!(fates(&lines), expected);
    let replay = Replay::new(&trace).objective(quadratic(&[1.0, 2.0, 3.0]));
    let replayed = replay.own_method(Box::new(Patient::default())).run();
    assert_eq!(replayed.unwrap().divergence, None);
}

/// Gradients towards 1. Worker 1 computes until nobody wants it any more, worker 0 until worker 1
/// has begun once more.
fn endless() -> impl Oracle {
    let begun = Mutex::new((0, 0));
    asgrad::from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - 1.0;
        let is_endless = job.worker().index() == 1;
        if is_endless {
            begun.lock().0 += 1;
        }
        while !job.cancelled() {
            let (times, seen) = &mut *begun.lock();
            if !is_endless && *times > *seen {
                *seen = *times;
                break;
            }
            std::thread::yield_now();
        }
    })
}

#[test]
fn on_threads_a_sleeping_worker_and_an_oracle_that_looks_are_called_off_at_once() {
    let day = Cluster::new(vec![1.0, 1e8], Duration::from_millis(1)).unwrap();
    let asleep = Experiment::with_objective(quadratic(&[1.0, 2.0])).cluster(day);
    let none = Cluster::new(vec![1.0, 1.0], Duration::from_millis(1)).unwrap();
    let computing = Experiment::new(endless()).cluster(none.compute(Law::none()));
    for (name, experiment) in [("asleep", asleep), ("computing", computing)] {
        let experiment = experiment.method("m-synchronous:m=1").updates(60);
        let (summary, _, lines) = traced(name, experiment);
        assert_eq!(summary.stop_reason, StopReason::Updates, "{name}");
        assert_eq!(summary.gradients_per_worker, [60, 0], "{name}");
        assert!(summary.seconds < 10.0, "{name}: {} s", summary.seconds);
        let cancelled = fates(&lines)
            .iter()
            .filter(|fate| fate.3 == Action::Cancelled)
            .count();
        assert!(cancelled > 0, "{name}");
    }
}

#[test]
fn recorded_runs_with_cancelled_jobs_replay_bit_for_bit() {
    for (number, method) in ["ringmaster-stop:threshold=3", "m-synchronous:m=2"]
        .into_iter()
        .enumerate()
    {
        for law in [Law::exponential(), Law::pareto(1.5)] {
            let centres: Vec<f64> = (0..6).map(f64::from).collect();
            let unit = Duration::from_micros(50);
            let cluster = Cluster::new((1..=6).map(f64::from).collect(), unit).unwrap();
            let experiment = Experiment::with_objective(quadratic(&centres))
                .method(method)
                .cluster(
                    cluster
                        .compute(law)
                        .download(Law::fixed())
                        .upload(Law::uniform()),
                )
                .updates(200);
            let (summary, trace, _) = traced(&format!("replay-{number}"), experiment);
            let replayed = Replay::new(&trace)
                .objective(quadratic(&centres))
                .run()
                .unwrap();
            assert_eq!(replayed.divergence, None, "{method}");
            assert_eq!(
                asgrad::trace::model_hash(replayed.model.values()),
                summary.model_hash
            );
            let explanation = Explanation::of(&trace).unwrap();
            assert!(explanation.cancelled > 0, "{method}");
            assert_eq!(explanation.impossible_times, 0, "{method}");
            for account in &explanation.workers {
                assert_eq!(account.times.total(), explanation.duration, "{method}");
            }
        }
    }
}
