//! What jobs that are cancelled, or never answered, must not do: flatter the machine, spoil a mean,
//! end a run.

use std::time::Duration;

use asgrad::theory::TheoryMeter;
use asgrad::trace::Line;
use asgrad::workers::Latency;
use asgrad::{
    Clock, Cluster, Event, Experiment, JobContext, Law, OnLoss, RunError, Seed, Snapshot, StepRule,
    StopReason, Trace, WorkerId, from_fn,
};
use methods::{Arrival, Engine, Gradient, Method, MethodSpec, Server};
use ps_core::{Completion, Failure, Job, JobTimes, Outbox, Outcome, Service};

use crate::explain::explain;
use crate::support::{cluster, quadratic, scratch_file, virtually};

const SPEEDS: [f64; 3] = [1.0, 1.0, 10.0];

fn exponential(method: &str) -> Experiment {
    Experiment::schedule_only()
        .method(method)
        .clock(Clock::Virtual)
        .cluster(cluster(&SPEEDS, Law::exponential()))
}

/// Worker 2 seldom finishes before its job is cancelled. Learnt from the jobs that it finishes
/// alone it would be more than ten times as fast as it is.
#[test]
fn a_worker_whose_jobs_are_called_off_is_not_taken_for_a_fast_one() {
    let path = scratch_file("called-off-machine.jsonl");
    let recorded = exponential("ringmaster-stop:threshold=2").updates(20_000);
    let recorded = recorded.trace(&path).run().unwrap();
    let seconds = Duration::from_secs_f64(recorded.seconds);
    let pure = || exponential("pure").time_limit(seconds);
    let truth = pure().run().unwrap();
    let machine = Trace::open(&path).unwrap().cluster().unwrap();
    let learnt = pure().cluster(machine).run().unwrap();
    let ratio = learnt.gradients as f64 / truth.gradients as f64;
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
}

/// Three workers need a millisecond for a gradient; the fourth is at its third one until the run is
/// over.
#[test]
fn a_job_that_never_came_back_is_part_of_the_machine() {
    let path = scratch_file("called-off-stuck.jsonl");
    let latency = |seconds| Latency {
        download: Duration::ZERO,
        compute: Some(Duration::from_secs_f64(seconds)),
        upload: Duration::ZERO,
    };
    let quick = vec![latency(0.001)];
    let stuck = [0.001, 0.001, 100.0].map(latency).to_vec();
    let machine = Cluster::recorded(vec![quick.clone(), quick.clone(), quick, stuck]).unwrap();
    let pure = |cluster| {
        let experiment = Experiment::<f64>::schedule_only().clock(Clock::Virtual);
        let experiment = experiment
            .cluster(cluster)
            .time_limit(Duration::from_secs(6));
        experiment.trace(&path).run().unwrap().gradients_per_worker
    };
    assert_eq!(pure(machine), [6000, 6000, 6000, 2]);
    let learnt = Trace::open(&path).unwrap().cluster().unwrap();
    // What is known of the third is that it lasted to the end.
    assert_eq!(pure(learnt), [6000, 6000, 6000, 3]);
}

/// Each update is a mean over workers: its factors add up to γ, whoever delivered how many.
#[test]
fn the_mean_step_of_a_mean_over_workers_is_that_of_its_gradients() {
    for method in ["malenia:batch=20", "malenia", "iag", "ringleader"] {
        let path = scratch_file("called-off-mean-steps.jsonl");
        let objective = || quadratic(&[1.0, 2.0]);
        let experiment = virtually(Experiment::with_objective(objective()), &[1.0, 3.0]);
        let experiment = experiment.method(method).step_size(0.1).updates(50);
        experiment.trace(&path).run().unwrap();
        let theory = TheoryMeter::new(&Trace::open(&path).unwrap(), objective());
        let theory = theory.measure().unwrap();
        let reached = theory.bound.unwrap().gradients as f64;
        let (used, expected) = (theory.step_sizes.used, 0.1 * 50.0 / reached);
        assert!(
            (used / expected - 1.0).abs() < 1e-9,
            "{method}: {used}, not {expected}"
        );
    }
}

#[test]
fn a_worker_that_never_finished_is_said_to_be_unknown() {
    let path = scratch_file("called-off-unknown.jsonl");
    let experiment = virtually(Experiment::<f64>::schedule_only(), &[1.0, 50.0]);
    let experiment = experiment.method("ringmaster-stop:threshold=2");
    experiment.updates(100).trace(&path).run().unwrap();
    let error = Trace::open(&path)
        .unwrap()
        .cluster()
        .unwrap_err()
        .to_string();
    assert!(error.contains("worker 1 finished none of the"), "{error}");
}

#[test]
fn no_mean_of_waiting_times_exceeds_the_longest() {
    let path = scratch_file("called-off-means.jsonl");
    Experiment::with_objective(quadratic(&[1.0, 2.0, 3.0, 4.0]))
        .method("m-synchronous:m=1")
        .updates(300)
        .trace(&path)
        .run()
        .unwrap();
    let explanation = explain(&path);
    let all = explanation.workers.iter().map(|worker| worker.queued);
    for queued in all.chain([explanation.queued, explanation.at_the_door]) {
        assert!(queued.mean.unwrap_or_default() <= queued.max, "{queued:?}");
    }
}

/// Every job overruns: it is to take 20 µs and takes as long as it takes to be cancelled.
#[test]
fn only_jobs_with_a_gradient_overrun() {
    let path = scratch_file("called-off-overruns.jsonl");
    let until_recalled = from_fn(1, |job: &mut JobContext<'_>, x: &[f64], out: &mut [f64]| {
        while job.worker().index() > 0 && !job.cancelled() {
            std::thread::yield_now();
        }
        out[0] = x[0];
    });
    let unit = Duration::from_micros(20);
    let cluster = Cluster::new(vec![1.0; 3], unit).unwrap();
    Experiment::new(until_recalled)
        .method("m-synchronous:m=1")
        .cluster(cluster)
        .updates(50)
        .trace(&path)
        .run()
        .unwrap();
    let trace = Trace::open(&path).unwrap();
    let overruns = trace.lines().unwrap().map(|line| line.unwrap().1);
    let mut overruns = overruns.filter_map(|line| match line {
        Line::Event(Event::Overrun(overrun)) => Some(overrun.worker),
        _ => None,
    });
    assert!(overruns.all(|worker| worker == WorkerId::new(0)));
}

#[test]
fn an_error_in_answer_to_a_call_off_is_no_failure() {
    let oracle = from_fn(1, |job: &mut JobContext<'_>, x: &[f64], out: &mut [f64]| {
        out[0] = x[0];
        while job.worker().index() > 0 {
            if job.cancelled() {
                return Err("cancelled".into());
            }
            std::thread::yield_now();
        }
        Ok::<(), asgrad::OracleError>(())
    });
    let experiment = Experiment::new(oracle).method("m-synchronous:m=1");
    let summary = experiment.workers(3).updates(50).run().unwrap();
    assert_eq!(summary.stop_reason, StopReason::Updates);
}

fn dead(method: &str, clock: Clock) -> Experiment {
    Experiment::with_objective(quadratic(&[1.0, 2.0, 30.0]))
        .method(method)
        .clock(clock)
        .cluster(cluster(&[0.1, 0.2, f64::INFINITY], Law::fixed()))
        .updates(400)
}

const WAITING_FOR_ALL: [&str; 5] = ["minibatch", "malenia", "ringleader", "ssp", "iag"];

/// Malenia and Ringleader keep the others busy meanwhile.
#[test]
fn who_waits_for_a_worker_that_never_answers_does_not_do_so_for_ever() {
    for method in WAITING_FOR_ALL {
        let Err(RunError::Failed(summary)) = dead(method, Clock::Virtual).run() else {
            panic!("{method} ended well");
        };
        let reason = summary.stop_reason;
        let hung = matches!(reason, StopReason::Hung { worker, .. } if worker.index() == 2);
        assert!(hung, "{method}: {reason}");
    }
}

#[test]
fn a_worker_that_never_answers_is_lost_on_both_clocks_and_the_others_go_on() {
    let in_virtual_time = WAITING_FOR_ALL.map(|method| (method, Clock::Virtual));
    let on_threads = ["minibatch", "malenia"].map(|method| (method, Clock::Real));
    for (method, clock) in in_virtual_time.into_iter().chain(on_threads) {
        let experiment = dead(method, clock).job_limit(Duration::from_millis(300));
        let summary = experiment.on_lost_worker(OnLoss::Continue).run().unwrap();
        let x = summary.model.values()[0];
        assert!((x - 1.5).abs() < 0.3, "{method}, {clock:?}: {x}");
        assert_eq!(summary.gradients_per_worker[2], 0);
    }
}

/// Repeats the first job that came back whenever another does.
#[derive(Debug, Default)]
struct RepeatsAnother(Option<Arrival>);

impl Method for RepeatsAnother {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign(WorkerId::new(0));
        server.assign(WorkerId::new(1));
    }

    fn on_gradient(&mut self, arrival: &Arrival, _gradient: Gradient<'_>, server: &mut Server<'_>) {
        server.repeat(self.0.get_or_insert(*arrival));
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_job_that_came_back_in_another_turn_cannot_be_repeated() {
    let experiment = virtually(Experiment::<f64>::schedule_only(), &[1.0, 2.0]);
    let experiment = experiment.own_method("own", Box::<RepeatsAnother>::default());
    let said = experiment.run().unwrap_err().to_string();
    let expected = "only the job that has just come back can be repeated";
    assert!(said.contains(expected), "{said}");
}

/// Gives no time at all, again and again.
#[derive(Debug)]
struct Impatient;

impl Method for Impatient {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign_within(WorkerId::new(0), Duration::ZERO);
    }

    fn on_gradient(&mut self, _: &Arrival, _: Gradient<'_>, _: &mut Server<'_>) {}

    fn on_expired(&mut self, job: &Arrival, server: &mut Server<'_>) {
        server.assign_within(job.worker, Duration::ZERO);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_limit_of_no_time_does_not_make_virtual_time_stand_still() {
    let experiment = virtually(Experiment::<f64>::schedule_only(), &[1.0]);
    let experiment = experiment.own_method("own", Box::new(Impatient));
    let limit = Duration::from_micros(1);
    let summary = experiment.time_limit(limit).run().unwrap();
    assert_eq!(summary.statistics.without_gradient, 1000);
}

/// Three workers, rounds of two. Worker 2's first job has been cancelled and is not back when the
/// other two are lost. Only its own next gradient can end the round, and it does.
#[test]
fn a_round_does_not_wait_for_jobs_that_were_called_off() {
    let spec: MethodSpec = "m-synchronous:m=2".parse().unwrap();
    let method = spec.build(3, 3).unwrap();
    let (step_size, first) = (StepRule::constant().with(0.1), Snapshot::initial(&[1.0]));
    let engine = Engine::new(method, step_size, 3, 3, first, Seed::new(1));
    let mut engine = engine.on_lost_worker(OnLoss::Continue);
    let mut out = Outbox::new();
    let now = Duration::ZERO;
    let done = |mut job: Job, outcome| {
        job.gradient.as_mut_slice().fill(1.0);
        let times = JobTimes::default();
        Completion {
            job,
            times,
            outcome,
        }
    };
    engine.start(now, &mut out);
    let [first, second, late] = out.drain().collect::<Vec<_>>().try_into().unwrap();
    for job in [first, second] {
        engine.complete(done(job, Outcome::Gradient), now, &mut out);
    }
    assert_eq!(out.drain().count(), 2);
    for worker in [0, 1] {
        let gone = Failure::Panic("gone".to_owned());
        engine.lose(WorkerId::new(worker), &gone, now, &mut out);
    }
    engine.complete(done(late, Outcome::Cancelled), now, &mut out);
    let last = out.drain().next().unwrap();
    engine.complete(done(last, Outcome::Gradient), now, &mut out);
    assert_eq!(
        (engine.stopped(), engine.model().version().number()),
        (None, 2)
    );
}

/// Gives a few milliseconds, again and again.
#[derive(Debug)]
struct Hasty;

impl Method for Hasty {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign_within(WorkerId::new(0), Duration::from_millis(2));
    }

    fn on_gradient(&mut self, _: &Arrival, _: Gradient<'_>, _: &mut Server<'_>) {}

    fn on_expired(&mut self, job: &Arrival, server: &mut Server<'_>) {
        server.assign_within(job.worker, Duration::from_millis(2));
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

/// With anything, or with an error.
#[test]
fn on_threads_an_oracle_that_looks_is_told_when_its_limit_is_over() {
    for answer in [Ok(()), Err("too late")] {
        let oracle = from_fn(
            1,
            move |job: &mut JobContext<'_>, _: &[f64], _: &mut [f64]| {
                while !job.cancelled() {
                    std::thread::yield_now();
                }
                answer
            },
        );
        let experiment = Experiment::new(oracle).workers(1);
        let experiment = experiment.own_method("own", Box::new(Hasty));
        let limit = Duration::from_millis(100);
        let summary = experiment.time_limit(limit).run().unwrap();
        assert_eq!(summary.stop_reason, StopReason::Seconds);
        assert!(
            summary.statistics.without_gradient > 1,
            "{:?}",
            summary.statistics
        );
    }
}
