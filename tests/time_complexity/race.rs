//! The time a method takes to `ε`, with the steps that theory prescribes, against the lower bound.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use asgrad::methods::{MethodSpec, Prescription};
use asgrad::theory::lower_bound::{heterogeneous, homogeneous};
use asgrad::{Cluster, Seed, Snapshot, StepRule, StopReason};
use methods::{Engine, StopRule};
use ps_core::sync::Mutex;
use ps_core::{ModelObserver, Oracle, Service};
use workers::{Driver, Prepared, VirtualTime};

use super::problem::{DESCENT, Data, Problem, STEPS};

/// One cell of the grid.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) data: Data,
    /// The workers' times for a gradient, in units, the fastest first.
    pub(crate) seconds: Vec<f64>,
    /// `σ²/ε`.
    pub(crate) noise_to_accuracy: f64,
}

/// How long a method took, in units: the mean over seeds.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The method with its prescribed settings.
    pub(crate) method: String,
    pub(crate) step_size: f64,
    /// Until the mean of `‖∇f(x_t)‖²` over the updates was at most `ε`. `None`: it was not within
    /// the `K` updates after which theory has it so for data that are alike.
    pub(crate) time: Option<f64>,
    /// The mean number of updates.
    pub(crate) updates: f64,
    /// The time over the bracket of the lower bound.
    pub(crate) ratio: Option<f64>,
}

/// A ratio as the page on time complexity writes it.
pub(crate) fn written(ratio: Option<f64>) -> String {
    match ratio {
        None => "never".to_owned(),
        Some(ratio) if ratio < 10.0 => format!("{ratio:.1}"),
        Some(ratio) => format!("{ratio:.0}"),
    }
}

impl Cell {
    /// The bracket of the lower bound, in units.
    pub(crate) fn bracket(&self) -> f64 {
        let (seconds, b) = (&self.seconds, self.noise_to_accuracy);
        let bracket = match self.data {
            Data::Alike => homogeneous(seconds, STEPS, b).map(|bound| bound.bracket),
            Data::Different => heterogeneous(seconds, STEPS, b),
        };
        bracket.expect("there are workers")
    }

    /// Runs a method with its theory steps under each of these seeds.
    pub(crate) fn race(&self, method: &str, seeds: Range<u64>) -> Taken {
        let n = self.seconds.len();
        let problem = Problem::new(self.data, n, self.noise_to_accuracy);
        let assumptions = problem.assumptions();
        let spec: MethodSpec = method.parse().unwrap();
        let found = spec.prescribed(&assumptions, n, Some(&self.seconds));
        let found = found.unwrap();
        let count = (seeds.end - seeds.start) as f64;
        let runs: Vec<_> = seeds.map(|seed| self.run(&problem, &found, seed)).collect();
        let updates = runs.iter().map(|(_, updates)| updates).sum::<f64>() / count;
        let times: Option<Vec<f64>> = runs.iter().map(|(time, _)| *time).collect();
        let time = times.map(|times| times.iter().sum::<f64>() / count);
        Taken {
            method: found.method().to_string(),
            step_size: found.step_size(),
            time,
            updates,
            ratio: time.map(|time| time / self.bracket()),
        }
    }

    /// When it got there, and after how many updates it ended.
    fn run(&self, problem: &Problem, found: &Prescription, seed: u64) -> (Option<f64>, f64) {
        let (n, spec) = (self.seconds.len(), found.method());
        let jobs = spec.concurrency(n, None).unwrap();
        let step_size = StepRule::constant().with(found.step_size());
        let method = spec.build(n, jobs).unwrap();
        let seed = Seed::new(seed);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive whole number"
        )]
        let updates = Some(found.updates(DESCENT).ceil() as u64);
        let end = StopRule {
            updates,
            ..StopRule::default()
        };
        let mut engine =
            Engine::new(method, step_size, n, jobs, problem.start(), seed).stop_rule(end);
        let meter = Meter::new(problem);
        engine.add_model_observer(Box::new(meter.clone()));
        let cluster = Arc::new(Cluster::new(self.seconds.clone(), UNIT).unwrap());
        let oracle: Arc<dyn Oracle> = Arc::new(problem.clone());
        let run = Prepared::new(engine, Some(oracle), cluster, seed);
        Box::new(VirtualTime).drive(run).unwrap();
        let read = meter.0.lock();
        let units = |time: Duration| time.as_secs_f64() / UNIT.as_secs_f64();
        (read.reached.map(units), read.updates as f64)
    }
}

const UNIT: Duration = Duration::from_millis(1);

/// Watches for the first `K` with `(1/K) Σ_{t<K} ‖∇f(x_t)‖² ≤ ε`, which is what theory speaks of.
#[derive(Clone)]
struct Meter(Arc<Mutex<Reading>>);

struct Reading {
    problem: Problem,
    sum: f64,
    updates: u64,
    reached: Option<Duration>,
}

impl Meter {
    fn new(problem: &Problem) -> Self {
        Self(Arc::new(Mutex::new(Reading {
            problem: problem.clone(),
            sum: 0.0,
            updates: 0,
            reached: None,
        })))
    }
}

impl ModelObserver<f64> for Meter {
    fn published(&mut self, time: Duration, snapshot: &Snapshot) -> Option<StopReason> {
        let mut reading = self.0.lock();
        reading.updates = snapshot.version().number();
        let goal = reading.problem.accuracy * reading.updates as f64;
        if reading.updates > 0 && reading.sum <= goal {
            reading.reached = Some(time);
            return Some(StopReason::TargetGradientNorm);
        }
        let square = reading.problem.squared_norm(snapshot.values());
        reading.sum += square;
        None
    }
}
