//! What happens when an oracle, a method, an observer or the mathematics fails, on both clocks.

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use asgrad::methods::Server;
use asgrad::ps_core::JobId;
use asgrad::workers::Serving;
use asgrad::{
    Clock, DataUsedUp, Experiment, JobContext, Law, Method, OnLoss, Oracle, Replay, RunError,
    Scalar, StopReason, Summary, Trace, WorkerId, from_fn,
};
use methods::{Arrival, Gradient};
use ps_core::Failure;
use ps_core::sync::Mutex;

use crate::support::{cluster, equal, pull, quadratic, scratch_file, serving_by, virtually};

/// Runs something that must come to an end.
fn within_ten_seconds<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, wait) = mpsc::channel();
    let thread = thread::Builder::new().spawn(move || done.send(run()));
    let result = wait.recv_timeout(Duration::from_secs(10));
    let result = result.expect("it hangs, or panicked");
    thread.unwrap().join().unwrap().unwrap();
    result
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Error,
    Panic,
    Nan,
    Infinity,
}

const DIM: usize = 37;

/// `∇f_i = x` but for the sixth job of worker 1, whose number it keeps.
fn faulty<T: Scalar>(
    fault: Fault,
    component: usize,
    jobs_of_worker_1: Arc<Mutex<Vec<JobId>>>,
) -> impl Oracle<T> + 'static {
    from_fn(DIM, move |job, x: &[T], out: &mut [T]| {
        out.copy_from_slice(x);
        if job.worker().index() != 1 {
            return Ok(());
        }
        let mut jobs = jobs_of_worker_1.lock();
        jobs.push(job.job());
        if jobs.len() != 6 {
            return Ok(());
        }
        drop(jobs);
        match fault {
            Fault::Error => return Err("the disk is full"),
            Fault::Panic => panic!("index out of bounds"),
            Fault::Nan => out[component] = T::NAN,
            Fault::Infinity => out[component] = -T::MAX - T::MAX,
        }
        Ok(())
    })
}

fn fail<T: Scalar>(
    fault: Fault,
    component: usize,
    set_up: impl FnOnce(Experiment<T>) -> Experiment<T>,
) -> (Box<Summary<T>>, JobId) {
    let jobs_of_worker_1 = Arc::default();
    let oracle = faulty::<T>(fault, component, Arc::clone(&jobs_of_worker_1));
    let experiment = Experiment::new(oracle)
        .workers(3)
        .start(vec![T::ONE; DIM])
        .updates(1_000_000);
    let error = set_up(experiment).run().unwrap_err();
    let RunError::Failed(summary) = error else {
        panic!("{error}");
    };
    let job = jobs_of_worker_1.lock()[5];
    (summary, job)
}

fn check<T: Scalar>(fault: Fault, (summary, job): &(Box<Summary<T>>, JobId)) {
    let lost = |failure: Failure| StopReason::WorkerLost {
        worker: WorkerId::new(1),
        job: *job,
        failure,
    };
    match (fault, &summary.stop_reason) {
        (Fault::Error, reason) => {
            let error = asgrad::OracleError::from("the disk is full");
            assert_eq!(*reason, lost(error.into()));
        }
        (Fault::Panic, reason) => {
            assert_eq!(
                *reason,
                lost(Failure::Panic("index out of bounds".to_owned()))
            );
        }
        (
            _,
            StopReason::NotFinite {
                worker,
                job: named,
                read_version,
            },
        ) => {
            assert_eq!((worker.index(), named), (1, job));
            assert!(read_version.number() <= summary.updates);
        }
        (_, reason) => panic!("{fault:?}: {reason}"),
    }
    let said = summary.stop_reason.to_string();
    assert!(
        said.contains("worker 1") && said.contains(&format!("job {job}")),
        "{said}"
    );
    assert!(summary.stop_reason.is_failure());
    assert!(
        summary.model.values().iter().all(|v| v.is_finite()),
        "the last finite model is kept"
    );
    assert_eq!(summary.updates, summary.model.version().number());
}

const FAULTS: [Fault; 4] = [Fault::Error, Fault::Panic, Fault::Nan, Fault::Infinity];

#[test]
fn a_faulty_gradient_ends_a_run_in_virtual_time_and_is_named() {
    for fault in FAULTS {
        for component in [0, 15, 16, 31, 32, DIM - 1] {
            for method in ["pure", "pure-waiting:b=2", "fedbuff:b=5"] {
                let set_up = |e| virtually(e, &equal(3)).method(method);
                check(fault, &fail::<f64>(fault, component, set_up));
            }
            check(
                fault,
                &fail::<f32>(fault, component, |e| virtually(e, &equal(3))),
            );
        }
    }
}

#[test]
fn a_faulty_gradient_ends_a_run_on_threads_and_is_named() {
    for fault in FAULTS {
        for serving in [Serving::Combining, Serving::Thread] {
            let failed = within_ten_seconds(move || {
                fail::<f64>(fault, 3, |e| e.threads(serving_by(serving)))
            });
            check(fault, &failed);
        }
    }
}

/// From 1 with γ = 3 the distance to the centre doubles in magnitude with every update: f64 ends
/// after about 1024 of them.
#[test]
fn a_run_with_too_large_a_step_diverges_and_keeps_the_last_finite_model() {
    for method in ["pure", "minibatch", "fedbuff:b=2", "pure-waiting:b=1"] {
        let objective = quadratic(&[0.0, 0.0]);
        let experiment = virtually(Experiment::with_objective(objective), &[1.0, 1.0]);
        let experiment = experiment.method(method).start(vec![1.0]).step_size(3.0);
        let RunError::Failed(summary) = experiment.updates(100_000).run().unwrap_err() else {
            panic!("{method}");
        };
        let StopReason::Diverged { version, .. } = summary.stop_reason else {
            panic!("{method}: {}", summary.stop_reason);
        };
        assert_eq!(
            (version, summary.updates),
            (summary.model.version(), version.number())
        );
        let x = summary.model.values()[0];
        assert!(x.is_finite() && x.abs() > 1e150, "{method}: {x}");
        assert!(summary.updates > 100, "{method}: {}", summary.updates);
    }
}

#[test]
fn a_step_that_leaves_the_range_of_f32_diverges_in_f32_alone() {
    let objective = problems::Quadratic::<f32>::new(&[0.0]);
    let experiment = virtually(Experiment::with_objective(objective), &[1.0]);
    let error = experiment
        .start(vec![1.0])
        .step_size(3.0)
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("diverged"), "{error}");
    let experiment = virtually(Experiment::with_objective(quadratic(&[0.0])), &[1.0]);
    let summary = experiment
        .start(vec![1.0])
        .step_size(3.0)
        .updates(1000)
        .run()
        .unwrap();
    assert_eq!(summary.model.values(), [2.0f64.powi(1000)]);
}

/// A method that panics at its third gradient, or at once.
#[derive(Debug)]
struct Broken {
    gradients: usize,
}

impl Method for Broken {
    fn start(&mut self, server: &mut Server<'_>) {
        assert!(self.gradients > 0, "no gradients at all");
        for worker in 0..server.n_workers() {
            server.assign(WorkerId::new(worker));
        }
    }

    fn on_gradient(&mut self, arrival: &Arrival, gradient: Gradient<'_>, server: &mut Server<'_>) {
        self.gradients -= 1;
        assert!(self.gradients > 0, "too many gradients");
        server.step(gradient, 0.1);
        server.assign(arrival.worker);
    }

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

fn on_two_threads(serving: Serving) -> Experiment {
    let oracle = pull::<f64>();
    Experiment::new(oracle)
        .workers(2)
        .threads(serving_by(serving))
        .updates(1_000_000)
}

#[test]
fn a_panic_on_the_servers_side_ends_a_run_on_threads_with_its_message() {
    for serving in [Serving::Combining, Serving::Thread] {
        let broken = |gradients| Box::new(Broken { gradients });
        for (experiment, expected) in [
            (
                on_two_threads(serving).own_method("broken", broken(3)),
                "too many gradients",
            ),
            (
                on_two_threads(serving).own_method("broken", broken(0)),
                "no gradients at all",
            ),
        ] {
            let error = within_ten_seconds(move || experiment.run().unwrap_err());
            let summary = error.summary().unwrap();
            let StopReason::Panicked { message, .. } = &summary.stop_reason else {
                panic!("{error}");
            };
            assert_eq!(message, expected);
            let model = error.into_model().unwrap();
            assert!(model.values().iter().all(|value| value.is_finite()));
        }
    }
}

/// Assigns nothing after its first gradient.
#[derive(Debug)]
struct Idle;

impl Method for Idle {
    fn start(&mut self, server: &mut Server<'_>) {
        server.assign(WorkerId::new(1));
    }

    fn on_gradient(&mut self, _: &Arrival, _: Gradient<'_>, _: &mut Server<'_>) {}

    fn on_worker_lost(&mut self, _worker: WorkerId, _server: &mut Server<'_>) {}
}

#[test]
fn a_method_that_assigns_nothing_is_starved_and_not_waited_for() {
    let starved = StopReason::Starved { alive: 2 };
    for clock in [Clock::Real, Clock::Virtual] {
        let experiment = on_two_threads(Serving::Combining).clock(clock);
        let experiment = experiment.cluster(cluster(&equal(2), Law::fixed()));
        let experiment = experiment.own_method("idle", Box::new(Idle));
        let RunError::Failed(summary) = within_ten_seconds(move || experiment.run().unwrap_err())
        else {
            panic!("it failed otherwise");
        };
        assert_eq!(summary.stop_reason, starved);
        assert_eq!((summary.gradients, summary.discarded), (1, 1));
        assert_eq!(
            summary.staleness.mean, None,
            "a discarded gradient has none"
        );
    }
}

/// Worker `i` has rows for `10 (i + 1)` jobs.
fn with_few_data() -> impl Oracle + 'static {
    let left = Mutex::new([10, 20, 30]);
    from_fn(
        1,
        move |job: &mut JobContext<'_>, x: &[f64], out: &mut [f64]| {
            let left = &mut left.lock()[job.worker().index()];
            if *left == 0 {
                return Err(DataUsedUp);
            }
            *left -= 1;
            out.copy_from_slice(x);
            Ok(())
        },
    )
}

#[test]
fn a_worker_whose_data_are_used_up_is_named_and_the_others_use_theirs() {
    let path = scratch_file("used-up.jsonl");
    for (clock, method) in [
        (Clock::Virtual, "pure"),
        (Clock::Real, "pure"),
        (Clock::Real, "hogwild"),
    ] {
        let run = |policy| {
            let experiment = virtually(Experiment::new(with_few_data()), &equal(3));
            let experiment = experiment.method(method).clock(clock).updates(200);
            let experiment = experiment.on_lost_worker(policy).trace(&path);
            experiment.run().unwrap_err()
        };
        let said = run(OnLoss::Stop).to_string();
        assert!(said.contains("worker 0 was lost on job"), "{said}");
        assert!(said.ends_with("its data are used up"), "{said}");

        let error = run(OnLoss::Continue);
        assert!(error.source().unwrap().is::<DataUsedUp>(), "{error}");
        let summary = error.summary().unwrap();
        let all_gone = matches!(summary.stop_reason, StopReason::AllLost { workers: 3, .. });
        assert!(all_gone, "{error}");
        assert_eq!(summary.updates, 60, "{method}: {error}");
        let lost = &summary.lost_workers;
        assert_eq!(lost.len(), 3);
        assert!(lost.iter().all(|it| &*it.reason == "its data are used up"));
        if method == "pure" {
            let trace = Trace::open(&path).unwrap();
            let replayed = Replay::new(&trace).oracle(with_few_data()).run().unwrap();
            assert_eq!(replayed.divergence, None);
            assert_eq!(replayed.model.values(), summary.model.values());
        }
    }
}
