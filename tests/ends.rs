//! Every way to end returns the last finite model and what came out of the run, on both clocks: no
//! panic of somebody else's code crosses.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use asgrad::methods::{Arrival, Correction, Optimizer, StepContext};
use asgrad::{
    Clock, Cluster, Driver, Event, Experiment, JobContext, Objective, Observer, OnBadGradient,
    OnLoss, Oracle, OracleError, RunError, Snapshot, StepSize, StopHandle, StopReason, Summary,
    Warning, WorkerId, from_fn,
};

use ps_core::sync::Mutex;

use crate::support::{equal, linear, pull, virtually};

const CLOCKS: [Clock; 2] = [Clock::Virtual, Clock::Real];

/// What a run leaves that something of the user's own ended: its reason, with a finite model.
fn ended(error: RunError) -> (StopReason, Summary) {
    let said = error.to_string();
    let summary = error.summary().unwrap_or_else(|| panic!("{said}")).clone();
    assert_eq!(summary.updates, summary.model.version().number());
    let model = error.into_model().unwrap();
    assert!(model.values().iter().all(|value| value.is_finite()));
    assert_eq!(model.values(), summary.model.values());
    (summary.stop_reason.clone(), summary)
}

fn on(clock: Clock, oracle: impl Oracle + 'static) -> Experiment {
    let experiment = Experiment::new(oracle).clock(clock).workers(3);
    let fast = Cluster::new(equal(3), Duration::from_micros(100)).unwrap();
    experiment.cluster(fast).updates(200)
}

/// Panics at its `n`-th call.
#[derive(Debug, Default)]
struct Fuse(Mutex<u64>);

impl Fuse {
    fn burn(&self, n: u64) {
        let calls = {
            let calls = &mut *self.0.lock();
            *calls += 1;
            *calls
        };
        assert!(calls != n, "boom");
    }
}

/// Whatever a user may plug in, with a fuse in it; perhaps it asks for the end of the run before.
#[derive(Debug)]
struct Fragile(Fuse, u64, Mutex<Option<StopHandle>>);

impl StepSize for Fragile {
    fn at(&mut self, _: &Arrival, _: &StepContext) -> f64 {
        self.0.burn(self.1);
        0.1
    }
}

impl Optimizer<f64> for Fragile {
    fn direct(&mut self, _: &[f64], _: &mut [f64]) {
        self.0.burn(self.1);
    }
}

impl Correction<f64> for Fragile {
    fn correct(&mut self, _: &mut [f64], _: &Snapshot, _: &Snapshot) {
        self.0.burn(self.1);
    }
}

impl Observer for Fragile {
    fn observe(&mut self, _: &Event) {
        self.0.burn(self.1);
    }
}

impl Oracle for Fragile {
    fn dim(&self) -> usize {
        1
    }

    fn gradient(
        &self,
        _: &mut JobContext<'_>,
        x: &[f64],
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        out[0] = x[0] - 1.0;
        Ok(())
    }
}

impl Objective for Fragile {
    fn loss(&self, x: &[f64]) -> f64 {
        self.2.lock().take().iter().for_each(StopHandle::stop);
        self.0.burn(self.1);
        0.5 * (x[0] - 1.0).powi(2)
    }

    fn full_gradient(&self, x: &[f64], out: &mut [f64]) {
        out[0] = x[0] - 1.0;
    }
}

fn fragile(n: u64) -> Fragile {
    Fragile(Fuse::default(), n, Mutex::default())
}

#[test]
fn a_panic_of_a_step_size_an_optimizer_or_a_correction_ends_a_run_and_keeps_its_model() {
    for clock in CLOCKS {
        for experiment in [
            on(clock, pull::<f64>()).own_step_size("fragile", Box::new(fragile(20))),
            on(clock, pull::<f64>()).own_optimizer("fragile", Box::new(fragile(20))),
            on(clock, pull::<f64>()).own_correction("fragile", Box::new(fragile(20))),
        ] {
            let (reason, summary) = ended(experiment.run().unwrap_err());
            let StopReason::Panicked { message, .. } = &reason else {
                panic!("{reason}");
            };
            assert_eq!((message.as_str(), reason.word()), ("boom", "panicked"));
            assert_eq!((summary.updates, summary.gradients), (19, 20));
        }
    }
}

/// While the run goes on, on the thread that watches a target, after the run, or at its very last
/// evaluation.
#[test]
fn a_panic_of_the_objective_ends_a_run_and_keeps_its_model() {
    for clock in CLOCKS {
        for n in [1, 2, 4] {
            for target in [None, Some(-1.0)] {
                let experiment = Experiment::with_objective(fragile(n))
                    .clock(clock)
                    .workers(2);
                let fast = Cluster::new(equal(2), Duration::from_micros(100)).unwrap();
                let mut experiment = experiment.cluster(fast).updates(300);
                if let Some(loss) = target {
                    experiment = experiment.target_loss(loss);
                }
                let (reason, _) = ended(experiment.run().unwrap_err());
                let said = reason.to_string();
                assert_eq!(said, "the objective panicked: boom", "{clock} {n}");
            }
        }
    }
}

#[test]
fn a_panic_of_the_objective_is_said_although_somebody_ended_the_run_before() {
    let quitter = Arc::new(fragile(1));
    let experiment = Experiment::with_objective(Arc::clone(&quitter)).workers(2);
    let experiment = experiment
        .target_loss(-1.0)
        .time_limit(Duration::from_secs(10));
    let session = experiment.clock(Clock::Real).build().unwrap();
    *quitter.2.lock() = Some(session.stop_handle());
    let (reason, _) = ended(session.run().unwrap_err());
    assert_eq!(reason.to_string(), "the objective panicked: boom");
}

#[test]
fn an_observer_that_panics_is_dropped_and_named_and_the_run_goes_on() {
    for clock in CLOCKS {
        for method in ["pure", "hogwild"] {
            if (clock, method) == (Clock::Virtual, "hogwild") {
                continue;
            }
            let experiment = on(clock, pull::<f64>())
                .method(method)
                .observer(fragile(20));
            let summary = experiment.run().unwrap();
            assert_eq!(summary.updates, 200);
            let dropped = summary.warnings.iter().find_map(|warning| match warning {
                Warning::ObserverDropped(dropped) => Some(dropped),
                _ => None,
            });
            let dropped = dropped.unwrap();
            assert!(dropped.name.ends_with("Fragile"), "{}", dropped.name);
            assert_eq!(dropped.message, "boom");
            // 19 of at least 200 arrivals, and the end, were heard.
            assert!(dropped.missed > 180, "{}", dropped.missed);
        }
    }
}

/// An error of the user's own.
#[derive(Debug, PartialEq)]
struct OutOfPaper(u64);

impl fmt::Display for OutOfPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "out of paper in tray {}", self.0)
    }
}

impl Error for OutOfPaper {}

#[test]
fn the_source_of_the_error_is_the_users_own() {
    for clock in CLOCKS {
        for policy in [OnLoss::Stop, OnLoss::Continue] {
            for method in ["pure", "hogwild"] {
                if (clock, method) == (Clock::Virtual, "hogwild") {
                    continue;
                }
                let broken = from_fn(1, |_, _: &[f64], _: &mut [f64]| Err(OutOfPaper(3)));
                let experiment = on(clock, broken).method(method).on_lost_worker(policy);
                let error = experiment.run().unwrap_err();
                let source = error.source().and_then(|it| it.downcast_ref());
                assert_eq!(source, Some(&OutOfPaper(3)), "{error}");
                let (reason, _) = ended(error);
                let said = reason.to_string();
                assert!(said.contains("out of paper in tray 3"), "{said}");
                let all_gone = matches!(reason, StopReason::AllLost { workers: 3, .. });
                assert_eq!(all_gone, policy == OnLoss::Continue, "{said}");
            }
        }
    }
}

/// In release, too: what was not written in a worker's first job is NaN.
#[test]
fn an_oracle_that_adds_to_out_or_forgets_a_component_is_found_out() {
    let forgetful = || from_fn(2, |_, x: &[f64], out: &mut [f64]| out[0] = x[0] - 1.0);
    let adding = || {
        from_fn(2, |_, x: &[f64], out: &mut [f64]| {
            out[0] += x[0] - 1.0;
            out[1] += x[1] + 1.0;
        })
    };
    for clock in CLOCKS {
        for method in ["pure", "hogwild"] {
            if (clock, method) == (Clock::Virtual, "hogwild") {
                continue;
            }
            for experiment in [on(clock, forgetful()), on(clock, adding())] {
                let error = experiment.method(method).run().unwrap_err();
                let said = error.to_string();
                assert!(said.contains("must write every component"), "{said}");
                assert!(matches!(ended(error).0, StopReason::NotFinite { .. }));
            }
        }
    }
}

/// Every tenth job is NaN; worker 2's are NaN from its third on.
fn now_and_then(only_worker_2: bool) -> impl Oracle + 'static {
    from_fn(1, move |job, x: &[f64], out: &mut [f64]| {
        let number = job.job().number();
        let is_bad = match only_worker_2 {
            true => job.worker().index() == 2 && number > 8,
            false => number % 10 == 9,
        };
        out[0] = if is_bad { f64::NAN } else { x[0] - 1.0 };
    })
}

#[test]
fn bad_gradients_are_discarded_and_counted_and_their_workers_go_on() {
    for clock in CLOCKS {
        for method in [
            "pure",
            "minibatch",
            "shuffled",
            "malenia",
            "ringleader",
            "hogwild",
        ] {
            if (clock, method) == (Clock::Virtual, "hogwild") {
                continue;
            }
            let policy = OnBadGradient::Discard { at_most: u64::MAX };
            let experiment = on(clock, now_and_then(false)).method(method);
            let summary = experiment.on_bad_gradient(policy).run().unwrap();
            assert_eq!(summary.updates, 200, "{method}");
            let rejected = summary.statistics.rejected();
            assert!(rejected >= summary.gradients / 10, "{method}: {rejected}");
            let said = summary.warnings.iter().map(ToString::to_string);
            let said: Vec<_> = said.filter(|it| it.contains("NaN or infinite")).collect();
            assert_eq!(said.len(), 1, "{said:?}");
        }
    }
}

#[test]
fn one_bad_gradient_too_many_ends_the_run() {
    for clock in CLOCKS {
        for method in ["pure", "hogwild"] {
            if (clock, method) == (Clock::Virtual, "hogwild") {
                continue;
            }
            let policy = OnBadGradient::Discard { at_most: 5 };
            let experiment = on(clock, now_and_then(false)).method(method);
            let error = experiment.on_bad_gradient(policy).run().unwrap_err();
            let (reason, summary) = ended(error);
            assert!(matches!(reason, StopReason::NotFinite { .. }), "{reason}");
            assert_eq!(summary.statistics.rejected(), 5);
        }
    }
}

#[test]
fn a_worker_of_bad_gradients_is_lost_and_the_others_go_on() {
    for clock in CLOCKS {
        for method in ["pure", "minibatch", "hogwild"] {
            if (clock, method) == (Clock::Virtual, "hogwild") {
                continue;
            }
            let experiment = on(clock, now_and_then(true)).method(method).updates(2000);
            let experiment = experiment.on_bad_gradient(OnBadGradient::LoseWorker);
            let summary = experiment.on_lost_worker(OnLoss::Continue).run().unwrap();
            assert_eq!(summary.updates, 2000, "{method}");
            let lost = &summary.lost_workers;
            assert_eq!(lost.len(), 1, "{method}: {lost:?}");
            assert_eq!(lost[0].worker, WorkerId::new(2));
            assert!(
                lost[0].reason.contains("NaN or infinite"),
                "{}",
                lost[0].reason
            );
        }
    }
}

/// The method hears nothing of what is rejected: the others see the same run as if that worker had
/// been slower. Replayed, it is the same bit for bit.
#[test]
fn a_run_with_rejected_gradients_is_replayed_bit_for_bit() {
    let path = crate::support::scratch_file("rejected.jsonl");
    let oracle = Arc::new(now_and_then(false));
    let experiment = virtually(Experiment::new(Arc::clone(&oracle)), &linear(3));
    let experiment = experiment.on_bad_gradient(OnBadGradient::Discard { at_most: u64::MAX });
    let summary = experiment.updates(100).trace(&path).run().unwrap();
    let trace = asgrad::Trace::open(&path).unwrap();
    let replayed = asgrad::Replay::new(&trace).oracle(oracle).run().unwrap();
    assert_eq!(replayed.divergence, None);
    assert_eq!(replayed.model.values(), summary.model.values());
    let explained = asgrad::explain::Explanation::of(&trace).unwrap();
    assert_eq!(
        explained.facts.wasted.rejected.jobs,
        summary.statistics.rejected()
    );
}

/// A driver that panics.
#[derive(Debug)]
struct Careless;

impl Driver<f64> for Careless {
    fn clock(&self) -> Clock {
        Clock::Virtual
    }

    fn drive(
        self: Box<Self>,
        _: asgrad::workers::Prepared,
    ) -> Result<asgrad::workers::Finished, asgrad::workers::DriverError> {
        panic!("no driver's licence")
    }
}

#[test]
fn a_panic_of_a_driver_of_ones_own_keeps_the_model() {
    let experiment = Experiment::new(pull::<f64>()).start(vec![3.0]);
    let experiment = virtually(experiment, &equal(2)).own_driver("careless", Careless);
    let error = experiment.run().unwrap_err();
    assert!(error.to_string().contains("no driver's licence"), "{error}");
    assert_eq!(error.into_model().unwrap().values(), [3.0]);
}
