//! Checking an experiment and making it ready to run.

mod hogwild;
mod memory;

use std::sync::Arc;

use methods::rules::Weighing;
use methods::{Assumptions, MethodSpec, Prescription};
use problems::Start;
use ps_core::form::text_of;
use ps_core::{ParamStore, Scalar, Seed, Service, Setting, Snapshot};
use trace::header::Header;
use trace::{Algorithm, Clock, MAX_WORKERS, Part, RunSpec};
use workers::{
    Cluster, ClusterError, ClusterSpec, Driver, Hogwild, OverdueJobs, Prepared, StopHandle,
    Threads, VirtualTime,
};

use super::known::n_workers_of_times;
use super::own::given;
use super::{DriverSpec, Experiment, engine, first_model};
use crate::error::{ConfigError, Fault};
use crate::grid::Grid;
use crate::measure::Measurement;
use crate::run_error::RunError;
use crate::session::Session;
use crate::summary::Summary;

/// Number of updates of a run that nothing else ends.
const DEFAULT_UPDATES: u64 = 1000;

/// A setting that does not go with the others.
pub(super) fn misfit(setting: &'static str, value: impl ToString, fault: Fault) -> ConfigError {
    ConfigError::Misfit {
        setting: Setting(setting),
        value: value.to_string(),
        fault,
    }
}

/// A number of workers that a run can have.
pub(super) fn bounded(n_workers: usize) -> Result<usize, ConfigError> {
    match n_workers {
        0 => Err(ClusterError::NoWorkers.into()),
        1..=MAX_WORKERS => memory::check(n_workers, 0, 0).map(|()| n_workers),
        _ => {
            let fault = Fault::TooMany { most: MAX_WORKERS };
            Err(misfit("workers", n_workers, fault))
        }
    }
}

ps_core::compiled! {
    fn build<T>(experiment: Experiment<T>) -> Result<Session<T>, ConfigError> {
        experiment.build_here()
    }
}

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
    /// If the settings do not fit together.
    pub fn build(self) -> Result<Session<T>, ConfigError> {
        build(self)
    }

    fn build_here(mut self) -> Result<Session<T>, ConfigError> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let n_workers = self.check_workers()?;
        self.check_memory(n_workers)?;
        let cluster = self.check_cluster(n_workers)?;
        let start = self.check_start()?;
        self.follow_theory()?;
        self.check_end()?;
        self.check_description()?;
        self.check_rules()?;
        self.settle(n_workers)?;
        let store = Arc::new(ParamStore::new(Snapshot::initial(&start)));
        let server = self.take_server(n_workers, &store)?;
        let driver = self.take_driver(n_workers)?;
        let requests = StopHandle::new();
        let mut model_observers = Vec::new();
        let grid = self.grid.unwrap_or_else(|| Grid::of(&self.spec));
        let measurement = Measurement::begin(
            self.objective.take(),
            &self.spec,
            grid,
            self.trace.is_some(),
            &requests,
            &mut model_observers,
        )?;
        let header = self.trace.as_ref().map(|_| {
            let description = std::mem::take(&mut self.description);
            Header::new(self.spec.clone(), &start, self.trace_drops, description)
        });
        let spec = self.spec;
        let run = Prepared {
            oracle: self.oracle,
            cluster: Arc::new(cluster),
            seed: Seed::new(spec.seed),
            updates: spec.end.updates,
            time_limit: spec.end.time_limit,
            job_limit: spec.job_limit,
            on_lost_worker: spec.on_lost_worker,
            on_bad_gradient: spec.on_bad_gradient,
            requests,
            overdue: OverdueJobs::default(),
            store,
            observers: Vec::new(),
            model_observers,
            server,
        };
        let (warnings, observers) = (self.warnings, self.observers);
        let mut session = Session::new(driver, run, spec, measurement, warnings, observers);
        session.data = self.data;
        if let (Some(path), Some(header)) = (self.trace, header) {
            session.trace_to(&path, &header, self.trace_drops, self.trace_listener)?;
        }
        Ok(session)
    }

    /// The server, where there is one.
    fn take_server(
        &mut self,
        n_workers: usize,
        store: &Arc<ParamStore<T>>,
    ) -> Result<Option<Box<dyn Service<T>>>, ConfigError> {
        if self.spec.algorithm == Algorithm::Hogwild {
            self.refuse_what_needs_a_server(n_workers)?;
            self.say_access();
            return Ok(None);
        }
        let own = std::mem::take(&mut self.own);
        let engine = engine(&self.spec, own, store.snapshot())?;
        Ok(Some(Box::new(engine.publish_in(Arc::clone(store)))))
    }

    fn follow_theory(&mut self) -> Result<(), ConfigError> {
        if let Some(assumptions) = &self.assumptions {
            let prescription = self.prescription(assumptions)?;
            self.spec.step_size = prescription.step_size();
            self.spec.algorithm = Algorithm::Method(prescription.method().clone());
        }
        Ok(())
    }

    /// What [`theory`](Self::theory) prescribes for this method and these workers.
    ///
    /// # Errors
    /// If theory prescribes nothing for the method, or the settings do not fit together.
    pub fn prescription(&self, assumptions: &Assumptions) -> Result<Prescription, ConfigError> {
        let (spec, n_workers) = (&self.spec, self.check_workers()?);
        let Algorithm::Method(method) = &spec.algorithm else {
            let name = spec.algorithm.label();
            return Err(ConfigError::NoTheory { name });
        };
        if let Some((setting, rule)) = own_steps(spec).or_else(|| change_of_gradients(spec)) {
            let rule = format!("{} {rule}", setting.replace('-', " "));
            return Err(ConfigError::NotInTheory { rule });
        }
        let one_each = method.concurrency(n_workers, spec.concurrency)? == n_workers;
        let cluster = self.latencies(n_workers)?;
        let times = cluster.fixed_times().filter(|_| one_each);
        Ok(method.prescribed(assumptions, n_workers, times.as_deref())?)
    }

    /// Makes out what was left open.
    fn settle(&mut self, n_workers: usize) -> Result<(), ConfigError> {
        let spec = &mut self.spec;
        if let Some(asked) = spec.concurrency.filter(|&asked| asked > MAX_WORKERS) {
            let fault = Fault::TooMany { most: MAX_WORKERS };
            return Err(misfit("concurrency", asked, fault));
        }
        if let Algorithm::Method(method) = &spec.algorithm {
            check_budget(&spec.step_rule, method)?;
            spec.concurrency = Some(method.concurrency(n_workers, spec.concurrency)?);
        }
        spec.workers = Some(n_workers);
        spec.concurrency.get_or_insert(n_workers);
        if !spec.end.is_set() {
            spec.end.updates = Some(DEFAULT_UPDATES);
        }
        Ok(())
    }

    /// Where it runs.
    fn take_driver(&mut self, n_workers: usize) -> Result<Box<dyn Driver<T>>, ConfigError> {
        let spec = &self.spec;
        if let DriverSpec::Threads(threads) = spec.driver {
            let most = Threads::most_workers();
            if n_workers > most {
                return Err(misfit("workers", n_workers, Fault::TooManyThreads { most }));
            }
            if threads.pin && !Threads::CAN_PIN {
                return Err(misfit("pin", "", Fault::CannotPin));
            }
        }
        Ok(match &spec.driver {
            DriverSpec::Virtual => Box::new(VirtualTime),
            DriverSpec::Other { name, .. } => {
                let no_driver = || misfit("driver", name, Fault::NoSuchDriver);
                self.own_driver.take().ok_or_else(no_driver)?
            }
            &DriverSpec::Threads(threads) if spec.algorithm == Algorithm::Hogwild => {
                let step_size = spec.step_size;
                Box::new(Hogwild { threads, step_size })
            }
            &DriverSpec::Threads(threads) => Box::new(threads),
        })
    }

    fn check_workers(&self) -> Result<usize, ConfigError> {
        let data = self.oracle.as_ref().and_then(|oracle| oracle.n_workers());
        let of_times = match self.own_cluster() {
            Some(cluster) => Some(cluster.n_workers()),
            None => n_workers_of_times(&self.spec.cluster)?,
        };
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let asked = self
            .spec
            .workers
            .or(data)
            .or(of_times)
            .unwrap_or_else(cores);
        let asked = bounded(asked)?;
        for (what, given) in [("the data", data), ("the cluster", of_times)] {
            if let Some(given) = given.filter(|&given| given != asked) {
                return Err(ConfigError::WorkersDiffer { asked, what, given });
            }
        }
        Ok(asked)
    }

    /// The latency model that was given, unless the spec was changed to another one since.
    pub(super) fn own_cluster(&self) -> Option<&Cluster> {
        let given = self.cluster.as_ref();
        given.filter(|cluster| ClusterSpec::from(*cluster) == self.spec.cluster)
    }

    /// The latency model that was given, or else the one that the spec makes.
    fn latencies(&self, n_workers: usize) -> Result<Cluster, ConfigError> {
        match self.own_cluster() {
            Some(cluster) => Ok(cluster.clone()),
            None => super::cluster(&self.spec.cluster, n_workers),
        }
    }

    fn check_cluster(&self, n_workers: usize) -> Result<Cluster, ConfigError> {
        let cluster = self.latencies(n_workers)?;
        self.refuse_unused(&cluster)?;
        for slowdown in cluster.slowdowns() {
            slowdown.check()?;
            let acts =
                cluster.emulates_compute() || slowdown.acts_on_links() && cluster.emulates_time();
            if !acts {
                return Err(misfit("slowdown", slowdown, Fault::NothingToSlowDown));
            }
            if !slowdown.concerns_any(n_workers) {
                let fault = Fault::NobodyToSlowDown { n_workers };
                return Err(misfit("slowdown", slowdown, fault));
            }
        }
        // Without a server nobody waits for anybody.
        let has_no_server = self.spec.algorithm == Algorithm::Hogwild;
        let has_limit = self.spec.end.time_limit.or(self.spec.job_limit).is_some();
        let clock = self.spec.driver.clock();
        let may_wait = clock == Clock::Real && !has_no_server && !has_limit;
        if let Some(worker) = cluster.never_answers().filter(|_| may_wait) {
            return Err(misfit("times", "inf", Fault::MayNeverEnd { worker }));
        }
        let is_emulated = self.spec.driver != DriverSpec::Virtual || cluster.emulates_time();
        match (clock, &self.oracle) {
            _ if !is_emulated => Err(misfit("clock", clock, Fault::TimeStandsStill)),
            (Clock::Real, None) => Err(misfit("problem", "none", Fault::ScheduleNeedsVirtualTime)),
            _ => Ok(cluster),
        }
    }

    fn check_start(&self) -> Result<Vec<T>, ConfigError> {
        let Some(oracle) = &self.oracle else {
            return Ok(Vec::new());
        };
        if self.spec.precision.to_string() != T::NAME {
            let fault = Fault::WrongPrecision { given: T::NAME };
            return Err(misfit("precision", self.spec.precision, fault));
        }
        let dim = oracle.dim();
        if dim == 0 {
            return Err(ConfigError::NoParameters);
        }
        let start = match &self.spec.start {
            Start::Own => given(self.start.clone(), &"own:start")?,
            _ => first_model(&self.spec, dim)?,
        };
        if start.len() != dim {
            let given = start.len();
            return Err(ConfigError::WrongStart { given, dim });
        }
        match start.iter().position(|v| !v.is_finite()) {
            Some(component) => Err(ConfigError::StartNotFinite { component }),
            None => Ok(start),
        }
    }

    fn check_description(&self) -> Result<(), ConfigError> {
        let is_own = |key: &&String| Header::has_field(key);
        let key = self.description.keys().find(is_own).cloned();
        key.map_or(Ok(()), |key| Err(ConfigError::OwnField { key }))
    }

    fn check_rules(&self) -> Result<(), ConfigError> {
        let spec = &self.spec;
        spec.step_rule.known().map_or(Ok(()), |rule| rule.check())?;
        let mut corrections = spec.corrections.iter().filter_map(Part::known);
        corrections.try_for_each(|rule| rule.check())?;
        let mut optimizers = spec.optimizers.iter().filter_map(Part::known);
        Ok(optimizers.try_for_each(|rule| rule.check())?)
    }

    fn check_end(&self) -> Result<(), ConfigError> {
        let (spec, end) = (&self.spec, &self.spec.end);
        let step_size = T::from_f64(spec.step_size);
        let vanishes = step_size == T::ZERO && spec.step_size > 0.0;
        if !(spec.step_size >= 0.0 && step_size.is_finite()) || vanishes {
            let step_size = format!("{:?}", spec.step_size);
            return Err(misfit("step-size", step_size, Fault::BadStepSize));
        }
        if end.time_limit.is_some_and(|time| time.is_zero()) {
            return Err(misfit("seconds", 0, Fault::NoTime));
        }
        if spec.job_limit.is_some_and(|limit| limit.is_zero()) {
            return Err(misfit("job-limit", "0s", Fault::NoTimeForAJob));
        }
        if spec.evaluate_every == Some(0) {
            return Err(misfit("evaluate-every", 0, Fault::EvaluateNever));
        }
        let (norm, loss) = (end.target.gradient_norm, end.target.loss);
        for (setting, value, least, bound) in [
            ("target-gradient-norm", norm, 0.0, "a norm is at least 0"),
            ("target-loss", loss, f64::MIN, "a loss is a finite number"),
        ] {
            let Some(value) = value else { continue };
            if !(value >= least && value.is_finite()) {
                return Err(misfit(setting, text_of(value), Fault::BadTarget { bound }));
            }
            if self.objective.is_none() {
                return Err(misfit(setting, text_of(value), Fault::NothingToEvaluate));
            }
        }
        Ok(())
    }
}

/// The step rule, if it is not that of constant steps.
fn own_steps(spec: &RunSpec) -> Option<(&'static str, String)> {
    let rule = &spec.step_rule;
    (*rule != Part::default()).then(|| ("step-rule", rule.to_string()))
}

/// The first correction, or else the first optimizer: gradients are not used as they are.
fn change_of_gradients(spec: &RunSpec) -> Option<(&'static str, String)> {
    let correction = spec.corrections.first().map(ToString::to_string);
    let optimizer = spec.optimizers.first().map(ToString::to_string);
    let correction = correction.map(|rule| ("correction", rule));
    correction.or_else(|| Some(("optimizer", optimizer?)))
}

/// A step rule that keeps a budget of steps has to be the only one that says how long they are.
fn check_budget(rule: &Part<methods::StepRule>, method: &MethodSpec) -> Result<(), ConfigError> {
    let has_budget = rule.known().is_some_and(methods::StepRule::has_budget);
    if !has_budget || method.named().what.weighing != Weighing::Steps {
        return Ok(());
    }
    let method = method.name().to_owned();
    Err(misfit(
        "step-rule",
        rule,
        Fault::BudgetOfWeightedSteps { method },
    ))
}
