//! A driver of one's own: one thread, on which workers take turns.

use std::time::Duration;

use asgrad::prelude::*;
use asgrad::ps_core::{Completion, JobTimes, Outbox};
use asgrad::workers::{DriverError, compute_to_the_end};
use asgrad::workers::{DriverReport, Finished, Prepared};
use asgrad::{Driver, Scalar};

use crate::support::recording::{Recorder, received};

/// Each worker in turn computes the job that it has; a job takes a second of a clock that nobody
/// reads.
#[derive(Debug)]
struct RoundRobin;

impl<T: Scalar> Driver<T> for RoundRobin {
    fn clock(&self) -> Clock {
        Clock::Virtual
    }

    fn drive(self: Box<Self>, mut run: Prepared<T>) -> Result<Finished<T>, DriverError> {
        let mut server = run.take_server()?;
        let oracle = run.oracle.as_ref().ok_or(DriverError::NoOracle)?;
        let (mut out, mut now) = (Outbox::new(), Duration::ZERO);
        let mut jobs: Vec<_> = (0..run.cluster.n_workers()).map(|_| None).collect();
        server.start(now, &mut out);
        while server.stopped().is_none() {
            for worker in 0..jobs.len() {
                for job in out.drain() {
                    let worker = job.worker.index();
                    jobs[worker] = Some(job);
                }
                let Some(mut job) = jobs[worker].take() else {
                    continue;
                };
                let started = now;
                now += Duration::from_secs(1);
                let outcome = compute_to_the_end(oracle.as_ref(), &mut job, run.seed);
                let times = JobTimes {
                    started,
                    computed: now - started,
                    finished: now,
                    ..JobTimes::default()
                };
                let completion = Completion {
                    job,
                    times,
                    outcome,
                };
                server.complete(completion, now, &mut out);
            }
        }
        Ok(Finished::of(server.as_ref(), DriverReport::default()))
    }
}

fn experiment() -> Experiment {
    let pull = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - job.worker().index() as f64;
    });
    Experiment::new(pull).workers(3).updates(300)
}

#[test]
fn a_run_on_a_driver_of_ones_own_is_one_of_the_methods_on_its_clock() {
    let recorder = Recorder::default();
    let run = experiment()
        .own_driver("round-robin", RoundRobin)
        .observer(recorder.clone())
        .run();
    let summary = run.unwrap();
    assert_eq!((summary.updates, summary.seconds), (300, 300.0));
    assert_eq!(summary.clock, Clock::Virtual);
    let events = recorder.take();
    let turns: Vec<_> = received(&events).map(|r| r.worker.index()).collect();
    assert!(turns.chunks(3).all(|turn| turn == [0, 1, 2]), "{turns:?}");
    // From the third on every gradient is of three versions before.
    assert!(received(&events).skip(2).all(|r| r.staleness() == 2));
}

#[test]
fn its_trace_is_replayed_bit_for_bit() {
    let path = crate::support::scratch_file("own-driver.jsonl");
    let run = experiment()
        .own_driver("round-robin", RoundRobin)
        .trace(&path)
        .run()
        .unwrap();
    let trace = asgrad::Trace::open(&path).unwrap();
    let pull = from_fn(1, |job, x: &[f64], out: &mut [f64]| {
        out[0] = x[0] - job.worker().index() as f64;
    });
    let replayed = asgrad::Replay::new(&trace).oracle(pull).run().unwrap();
    assert_eq!(replayed.divergence, None);
    assert_eq!(replayed.model.values(), run.model.values());
}

#[test]
fn hogwild_has_no_server_for_it() {
    let error = experiment()
        .own_driver("round-robin", RoundRobin)
        .method("hogwild")
        .build();
    let error = error.unwrap_err().to_string();
    assert!(error.contains("hogwild"), "{error}");
}
