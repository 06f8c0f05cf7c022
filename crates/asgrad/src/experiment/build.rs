//! Checking an experiment and making it ready to run.

mod hogwild;

use std::time::Duration;

use methods::rules::Weighing;
use methods::{
    Assumptions, Chain, Engine, Method, MethodSpec, Prescription, StepRule, StopRule, form,
};
use ps_core::{Scalar, Snapshot};
use workers::{Cluster, Law, stop_handle};

use super::{Choice, Experiment};
use crate::algorithm::Algorithm;
use crate::error::{ConfigError, RunError};
use crate::measure::{Measurement, Plan};
use crate::runs::Runs;
use crate::session::Session;
use crate::summary::Summary;
use trace::Clock;
use trace::header::About;
use trace::header::{Header, MAX_WORKERS, OWN_FIELDS, Policies};

/// How many updates a run makes if nothing else ends it.
const DEFAULT_UPDATES: u64 = 1000;

impl<T: Scalar> Experiment<T> {
    /// Builds and runs.
    ///
    /// # Errors
    /// If the settings do not fit together, or the run failed.
    pub fn run(self) -> Result<Summary<T>, RunError<T>> {
        self.build()?.run()
    }

    /// Checks everything and makes it ready to run.
    ///
    /// # Errors
    /// If the settings do not fit together. The message names the setting as the command line does.
    pub fn build(mut self) -> Result<Session<T>, ConfigError> {
        let n_workers = self.check_workers()?;
        let cluster = self.check_cluster(n_workers)?;
        let start = self.check_start()?;
        self.follow_theory()?;
        self.check_end()?;
        self.check_description()?;
        self.check_rules()?;
        let endless = self.updates.is_none() && self.seconds.is_none() && !self.target.is_set();
        let updates = self.updates.or(endless.then_some(DEFAULT_UPDATES));
        let plan = self.plan(updates);
        let (mut about, mut runs) = self.take_method(n_workers, &start, updates)?;
        for observer in std::mem::take(&mut self.observers) {
            runs.add_observer(observer);
        }
        let (stop, requests) = stop_handle();
        let objective = self.objective.take();
        let measurement = Measurement::begin(objective, plan, &stop, &mut runs)?;
        about.access = runs.access(self.oracle.as_deref());
        let header = self.trace.as_ref().map(|_| {
            let policies = Policies {
                step_rule: self.step_rule,
                correction: Chain::new(self.corrections),
                optimizer: Chain::new(self.optimizers),
                on_loss: self.on_loss,
                trace_drop: self.trace_drops,
            };
            Header::new(&about, &cluster, &policies, &start, self.description)
        });
        let mut session = Session::new(
            runs,
            self.oracle,
            about,
            cluster,
            self.threads,
            measurement,
            (stop, requests),
        );
        if let (Some(path), Some(header)) = (self.trace, header) {
            session.trace_to(&path, &header, self.trace_drops)?;
        }
        Ok(session)
    }

    fn follow_theory(&mut self) -> Result<(), ConfigError> {
        if let Some(assumptions) = &self.assumptions {
            let prescription = self.prescription(assumptions)?;
            self.step_size = prescription.step_size();
            self.method = Choice::Named(prescription.method().to_string());
        }
        Ok(())
    }

    /// What [`theory`](Self::theory) prescribes for this method and these workers.
    ///
    /// # Errors
    /// If theory prescribes nothing for the method, or the settings do not fit together.
    pub fn prescription(&self, assumptions: &Assumptions) -> Result<Prescription, ConfigError> {
        let n_workers = self.check_workers()?;
        let spec: MethodSpec = match &self.method {
            Choice::Named(text) => match text.parse()? {
                Algorithm::Method(spec) => spec,
                Algorithm::Hogwild => return Err(ConfigError::NoTheory { name: text.clone() }),
            },
            Choice::Own { name, .. } => return Err(ConfigError::NoTheory { name: name.clone() }),
        };
        let rules = [
            (self.step_rule != StepRule::Constant).then(|| format!("step rule {}", self.step_rule)),
            self.corrections
                .first()
                .map(|rule| format!("correction {rule}")),
            self.optimizers
                .first()
                .map(|rule| format!("optimizer {rule}")),
        ];
        if let Some(rule) = rules.into_iter().flatten().next() {
            return Err(ConfigError::NotInTheory { rule });
        }
        let one_each = spec.concurrency(n_workers, self.concurrency)? == n_workers;
        let times = self.cluster.as_ref().and_then(Cluster::fixed_times);
        let times = times.filter(|_| one_each);
        Ok(spec.prescribed(assumptions, n_workers, times.as_deref())?)
    }

    fn plan(&self, updates: Option<u64>) -> Plan {
        Plan {
            clock: self.clock,
            every: self.evaluate_every,
            updates,
            is_timed: self.seconds.is_some(),
            target: self.target,
            hashes: self.trace.is_some(),
        }
    }

    /// What runs, and what is said of it.
    fn take_method(
        &mut self,
        n_workers: usize,
        start: &[T],
        updates: Option<u64>,
    ) -> Result<(About, Runs<T>), ConfigError> {
        if let Some(asked) = self.concurrency.filter(|&asked| asked > MAX_WORKERS) {
            let option = "--concurrency";
            return Err(ConfigError::TooMany {
                option,
                asked,
                most: MAX_WORKERS,
            });
        }
        let about = |method, concurrency| About {
            method,
            step_size: self.step_size,
            seed: self.seed,
            clock: self.clock,
            concurrency,
            access: None,
        };
        let choice = std::mem::replace(&mut self.method, Choice::Named(String::new()));
        let (name, method, concurrency) = match choice {
            Choice::Own { name, method } => (name, method, self.concurrency.unwrap_or(n_workers)),
            Choice::Named(text) => match text.parse()? {
                Algorithm::Hogwild => {
                    let about = about(text, n_workers);
                    return Ok((about, self.hogwild(n_workers, start, updates)?));
                }
                Algorithm::Method(spec) => {
                    self.check_budget(&spec)?;
                    let concurrency = spec.concurrency(n_workers, self.concurrency)?;
                    let method = spec.build(n_workers, concurrency)?;
                    (spec.to_string(), method, concurrency)
                }
            },
        };
        let about = about(name, concurrency);
        let engine = self.engine(method, (n_workers, concurrency), start, updates);
        Ok((about, Runs::Server(Box::new(engine))))
    }

    fn engine(
        &self,
        method: Box<dyn Method>,
        (n_workers, concurrency): (usize, usize),
        start: &[T],
        updates: Option<u64>,
    ) -> Engine<T> {
        let model = Snapshot::initial(start);
        let step_size = self.step_rule.with(self.step_size);
        Engine::new(method, step_size, n_workers, concurrency, model, self.seed)
            .stop_rule(StopRule {
                updates,
                seconds: self.seconds,
            })
            .on_loss(self.on_loss)
            .rules(&self.corrections, &self.optimizers)
    }

    /// A step rule that keeps a budget of steps has to be the only one that says how long they are.
    fn check_budget(&self, spec: &MethodSpec) -> Result<(), ConfigError> {
        let has_budget = matches!(self.step_rule, StepRule::Piag { .. } | StepRule::Piag2);
        match has_budget && spec.named().weighing == Weighing::Steps {
            true => Err(ConfigError::BudgetOfWeightedSteps {
                rule: self.step_rule,
                method: spec.name(),
            }),
            false => Ok(()),
        }
    }

    fn check_workers(&self) -> Result<usize, ConfigError> {
        let data = self.oracle.as_ref().and_then(|oracle| oracle.n_workers());
        let cluster = self.cluster.as_ref().map(Cluster::n_workers);
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let asked = self.workers.or(data).or(cluster).unwrap_or_else(cores);
        if asked == 0 {
            return Err(workers::ClusterError::NoWorkers.into());
        }
        if asked > MAX_WORKERS {
            let option = "--workers";
            return Err(ConfigError::TooMany {
                option,
                asked,
                most: MAX_WORKERS,
            });
        }
        for (what, given) in [("the data", data), ("the cluster", cluster)] {
            if let Some(given) = given.filter(|&given| given != asked) {
                return Err(ConfigError::WorkersDiffer { asked, what, given });
            }
        }
        Ok(asked)
    }

    fn check_cluster(&self, n_workers: usize) -> Result<Cluster, ConfigError> {
        let cluster = match &self.cluster {
            Some(cluster) => cluster.clone(),
            None => {
                Cluster::new(vec![1.0; n_workers], Duration::from_millis(1))?.compute(Law::None)
            }
        };
        for slowdown in cluster.slowdowns() {
            let acts =
                cluster.emulates_compute() || slowdown.acts_on_links() && cluster.emulates_time();
            if !acts {
                return Err(ConfigError::NothingToSlowDown);
            }
            if !slowdown.concerns_any(n_workers) {
                return Err(ConfigError::NobodyToSlowDown {
                    slowdown: *slowdown,
                    n_workers,
                });
            }
        }
        // Without a server nobody waits for anybody.
        let is_shared = matches!(&self.method, Choice::Named(text) if matches!(text.parse(), Ok(Algorithm::Hogwild)));
        let gives_up =
            is_shared || self.seconds.is_some() || self.threads.limit_of_jobs().is_some();
        if let (Clock::Real, false, Some(worker)) = (self.clock, gives_up, cluster.never_answers())
        {
            return Err(ConfigError::MayNeverEnd { worker });
        }
        match (self.clock, &self.oracle) {
            (Clock::Virtual, _) if !cluster.emulates_time() => Err(ConfigError::TimeStandsStill),
            (Clock::Real, None) => Err(ConfigError::ScheduleNeedsVirtualTime),
            _ => Ok(cluster),
        }
    }

    fn check_start(&self) -> Result<Vec<T>, ConfigError> {
        let Some(oracle) = &self.oracle else {
            return Ok(Vec::new());
        };
        let dim = oracle.dim();
        if dim == 0 {
            return Err(ConfigError::NoParameters);
        }
        let start = self.start.clone().unwrap_or_else(|| vec![T::ZERO; dim]);
        if start.len() != dim {
            return Err(ConfigError::WrongStart {
                given: start.len(),
                dim,
            });
        }
        match start.iter().position(|v| !v.is_finite()) {
            Some(component) => Err(ConfigError::StartNotFinite { component }),
            None => Ok(start),
        }
    }

    fn check_description(&self) -> Result<(), ConfigError> {
        let is_own = |key: &&String| OWN_FIELDS.contains(&key.as_str());
        let key = self.description.keys().find(is_own).cloned();
        key.map_or(Ok(()), |key| Err(ConfigError::OwnField { key }))
    }

    fn check_rules(&self) -> Result<(), ConfigError> {
        form::check(self.step_rule)?;
        self.corrections
            .iter()
            .try_for_each(|rule| form::check(*rule))?;
        self.optimizers
            .iter()
            .try_for_each(|rule| form::check(*rule))?;
        let (is_schedule, no_model) = (self.oracle.is_none(), |option, rule: String| {
            ConfigError::NoModelToChange { option, rule }
        });
        match (self.corrections.first(), self.optimizers.first()) {
            (Some(rule), _) if is_schedule => Err(no_model("--correction", rule.to_string())),
            (_, Some(rule)) if is_schedule => Err(no_model("--optimizer", rule.to_string())),
            _ => Ok(()),
        }
    }

    fn check_end(&self) -> Result<(), ConfigError> {
        let fits = T::from_f64(self.step_size).is_finite();
        if !(self.step_size >= 0.0 && fits) {
            return Err(ConfigError::BadStepSize(self.step_size));
        }
        if self.seconds.is_some_and(|seconds| seconds.is_zero()) {
            return Err(ConfigError::NoTime);
        }
        if self.evaluate_every == Some(0) {
            return Err(ConfigError::EvaluateNever);
        }
        let norm = (
            "--target-gradient-norm",
            self.target.gradient_norm,
            0.0,
            "a norm is at least 0",
        );
        let loss = (
            "--target-loss",
            self.target.loss,
            f64::MIN,
            "a loss is a finite number",
        );
        for (option, value, least, bound) in [norm, loss] {
            let Some(value) = value else { continue };
            if !(value >= least && value.is_finite()) {
                return Err(ConfigError::BadTarget {
                    option,
                    value,
                    bound,
                });
            }
            if self.objective.is_none() {
                return Err(ConfigError::NothingToEvaluate { option });
            }
        }
        Ok(())
    }
}
