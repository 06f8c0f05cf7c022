//! What is meant and valid, from what was typed: problem, cluster, experiment.

use std::sync::Arc;

use asgrad::problems::{Problem, ProblemSpec};
use asgrad::ps_core::{Purpose, Seed};
use asgrad::{
    Algorithm, Assumptions, Chain, Clock, Cluster, Experiment, MethodSpec, Prescription, Scalar,
    Threads,
};
use rand_distr::{Distribution, StandardNormal};

use crate::args::{Options, Start, StepOptions};
use crate::cluster;
use crate::failure::Failure;
use crate::typed::typed;
use crate::values::{ComputeTimes, ProblemChoice, Speeds};

/// A request with its workers made out.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) options: Options,
    pub(crate) cluster: Cluster,
}

/// The problem of one seed; `None` when only the schedule is asked for.
pub(crate) type Loaded<T> = Option<Arc<Problem<T>>>;

impl StepOptions {
    /// The experiment with these rules.
    pub(crate) fn shape<T: Scalar>(&self, experiment: Experiment<T>) -> Experiment<T> {
        let corrections = self.correction.iter().flat_map(Chain::rules);
        let experiment = corrections.fold(experiment, |e, rule| e.correction(*rule));
        let optimizers = self.optimizer.iter().flat_map(Chain::rules);
        let experiment = optimizers.fold(experiment, |e, rule| e.optimizer(*rule));
        experiment.step_rule(self.step_rule)
    }
}

/// One run to be made.
#[derive(Clone, Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) method: &'a MethodSpec,
    pub(crate) step_size: f64,
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
}

impl Request {
    pub(crate) fn new(options: Options) -> Result<Self, Failure> {
        let cluster = cluster::first(&options)?;
        Ok(Self { options, cluster })
    }

    /// The same with these compute times.
    pub(crate) fn under(&self, compute: &ComputeTimes) -> Result<Self, Failure> {
        let mut request = self.clone();
        request.cluster = cluster::under(&self.options.workers, self.n_workers(), compute)?;
        request.options.workers.compute = vec![compute.clone()];
        Ok(request)
    }

    /// Only a comparison can be made under several laws.
    pub(crate) fn refuse_several_laws(&self, command: &str) -> Result<(), Failure> {
        let laws: Vec<_> = self
            .options
            .workers
            .compute
            .iter()
            .map(ComputeTimes::to_string)
            .collect();
        match laws.len() {
            0 | 1 => Ok(()),
            _ => Err(Failure::request(format!(
                "--compute {}: {command} takes one law; compare takes several",
                laws.join(",")
            ))),
        }
    }

    pub(crate) fn n_workers(&self) -> usize {
        self.cluster.n_workers()
    }

    /// What was asked of the workers' speeds, unless all their times were measured.
    pub(crate) fn speeds(&self) -> Option<&Speeds> {
        let workers = &self.options.workers;
        let are_drawn = workers.compute.iter().any(|times| times.file().is_none());
        are_drawn.then(|| workers.speeds())
    }

    /// The seeds of the repetitions, at least one.
    pub(crate) fn seeds(&self, by_default: u64) -> Result<std::ops::Range<u64>, Failure> {
        let (first, n) = (self.options.output.seed, self.options.output.repeat);
        let n = n.unwrap_or(by_default);
        let end = first.checked_add(n).ok_or_else(|| {
            let largest = u64::MAX - n;
            Failure::request(format!("--seed {first}: at most {largest} with {n} seeds"))
        })?;
        Ok(first..end)
    }

    /// Loads data and makes the problem for this seed.
    pub(crate) fn load<T: Scalar>(&self, seed: u64) -> Result<Loaded<T>, Failure> {
        let options = &self.options.problem;
        let problem = match &options.problem {
            Some(ProblemChoice::None) => return self.no_problem(),
            Some(ProblemChoice::Kind(kind)) => Some(kind.clone()),
            None => None,
        };
        let spec = ProblemSpec {
            rows: options.rows,
            problem,
            regularizer: options.regularizer,
            partition: options.partition,
            holdout: options.holdout,
            batch: options.batch_size,
            ..ProblemSpec::new(options.data.clone(), self.n_workers(), Seed::new(seed))
        };
        Ok(Some(Arc::new(spec.load()?)))
    }

    /// Only the schedule: options about data would mean nothing.
    fn no_problem<T: Scalar>(&self) -> Result<Loaded<T>, Failure> {
        let (options, output) = (&self.options.problem, &self.options.output);
        let given = [
            ("--rows", options.rows.is_some()),
            ("--partition", options.partition.is_some()),
            ("--holdout", options.holdout.is_some()),
            ("--evaluate-every", output.evaluate_every.is_some()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::request(format!(
                "{option}: --problem none has no data and no model; leave it out"
            ))),
            None => Ok(None),
        }
    }

    /// Everything but the method, its step size, how it ends and what is recorded.
    pub(crate) fn base<T: Scalar>(&self, problem: &Loaded<T>, seed: u64) -> Experiment<T> {
        let workers = &self.options.workers;
        let experiment = match problem {
            None => Experiment::schedule_only(),
            Some(problem) => {
                let start = self.start(problem.objective.dim(), seed);
                Experiment::with_objective(Arc::clone(&problem.objective)).start(start)
            }
        };
        let experiment = match workers.concurrency {
            Some(concurrency) => experiment.concurrency(concurrency),
            None => experiment,
        };
        let mut threads = Threads::default()
            .emulate(workers.emulate.into())
            .serving(workers.server.into())
            .pin(workers.pin);
        if let Some(limit) = workers.job_limit {
            threads = threads.job_limit(limit);
        }
        self.options
            .step
            .shape(self.describe(problem, experiment))
            .workers(self.n_workers())
            .seed(seed)
            .cluster(self.cluster.clone())
            .threads(threads)
            .on_loss(workers.on_loss)
    }

    /// Everything but how it ends and what is recorded.
    pub(crate) fn experiment<T: Scalar>(
        &self,
        problem: &Loaded<T>,
        plan: &Plan<'_>,
    ) -> Experiment<T> {
        self.base(problem, plan.seed)
            .method(&plan.method.to_string())
            .step_size(plan.step_size)
            .clock(plan.clock)
    }

    /// With the end and the evaluations that were asked for.
    pub(crate) fn with_end<T: Scalar>(&self, mut experiment: Experiment<T>) -> Experiment<T> {
        let end = &self.options.end;
        if let Some(updates) = end.updates {
            experiment = experiment.updates(updates);
        }
        if let Some(seconds) = end.seconds {
            experiment = experiment.seconds(seconds);
        }
        if let Some(norm) = end.target_gradient_norm {
            experiment = experiment.target_gradient_norm(norm);
        }
        if let Some(loss) = end.target_loss {
            experiment = experiment.target_loss(loss);
        }
        if let Some(every) = self.options.output.evaluate_every {
            experiment = experiment.evaluate_every(every);
        }
        experiment
    }

    /// A run with everything that was asked for.
    pub(crate) fn prepare<T: Scalar>(&self, problem: &Loaded<T>, plan: &Plan<'_>) -> Experiment<T> {
        self.with_end(self.experiment(problem, plan))
    }

    /// What theory prescribes for this method and these workers.
    pub(crate) fn prescribe(
        &self,
        method: &Algorithm,
        assumptions: &Assumptions,
    ) -> Result<Prescription, Failure> {
        let plan = Plan {
            method: &method.in_virtual_time(),
            step_size: 0.0,
            seed: self.options.output.seed,
            clock: Clock::Virtual,
        };
        let experiment = self.experiment::<f64>(&None, &plan);
        let experiment = experiment.method(&method.to_string());
        Ok(experiment.prescription(assumptions)?)
    }

    /// The first model.
    pub(crate) fn start<T: Scalar>(&self, dim: usize, seed: u64) -> Vec<T> {
        match self.options.problem.start {
            Start::Zeros => vec![T::ZERO; dim],
            Start::Ones => vec![T::ONE; dim],
            Start::Random => {
                let mut rng = Seed::new(seed).stream_of_run(Purpose::Initialisation);
                let scale = 1.0 / (dim as f64).sqrt();
                let draw = |normal: f64| T::from_f64(normal * scale);
                StandardNormal
                    .sample_iter(&mut rng)
                    .take(dim)
                    .map(draw)
                    .collect()
            }
        }
    }

    /// What the trace should say of the problem.
    fn describe<T: Scalar>(&self, problem: &Loaded<T>, experiment: Experiment<T>) -> Experiment<T> {
        let options = &self.options.problem;
        let experiment = experiment.describe("command", typed());
        let Some(problem) = problem else {
            return experiment.describe("problem", "none");
        };
        let partition = problem.partition.map(|partition| partition.to_string());
        experiment
            .describe("data", options.data.to_string())
            .describe("data_hash", problem.data_hash.map(|hash| hash.to_string()))
            .describe("rows_per_worker", problem.rows_per_worker.clone())
            .describe("problem", problem.kind.to_string())
            .describe("regularizer", options.regularizer.to_string())
            .describe("partition", partition)
            .describe("holdout", options.holdout)
            .describe("batch_size", options.batch_size.to_string())
            .describe("rows", options.rows)
            .describe("start", format!("{:?}", options.start).to_lowercase())
            .describe("speeds", self.speeds().map(Speeds::to_string))
    }
}
