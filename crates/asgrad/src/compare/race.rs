//! The runs that are compared.

use std::fs;
use std::ops::Range;
use std::sync::Arc;

use ps_core::{Scalar, StopReason};

use super::entry::Entry;
use super::observer::{CompareObserver, Run, Stage, finish};
use super::row::Extremes;
use super::{CompareError, Compared, ComparedRow, Comparison};
use crate::error::ConfigError;
use crate::experiment::Experiment;
use crate::grid::{Grid, Step};
use crate::session::Session;
use trace::{Clock, Target};
use workers::Cluster;

impl<T: Scalar> Comparison<'_, T> {
    /// [`run`](Self::run), and somebody looks on.
    ///
    /// # Errors
    /// As [`run`](Self::run), and if it was interrupted before the first run that is compared.
    pub fn run_watched(
        &self,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Compared, CompareError> {
        self.check()?;
        let is_open = |entry: &Entry<'_>| self.step_size_of(entry, observer).is_none();
        let is_needed = self.entries.iter().any(is_open) || !self.end.target.is_set();
        let machine = if is_needed {
            self.machine(observer)?
        } else {
            None
        };
        let (step_sizes, tuned) = self.step_sizes(machine.as_ref(), observer)?;
        let goal = self.goal(&step_sizes, machine.as_ref(), observer)?;
        let mut compared = Compared::new(self, goal, tuned);
        let seeds = self.seeds()?;
        let n_runs = self.entries.len() as u64 * self.repeat;
        observer.stage(Stage::Measuring, n_runs);
        let entries = self.entries.iter().zip(&step_sizes);
        let mut rows: Vec<_> = entries
            .map(|(entry, &step_size)| ComparedRow::new(entry, step_size))
            .collect();
        // All methods of a seed one after the other: a machine that becomes slower hits all alike.
        for seed in seeds {
            let mut is_over = self.run_round(seed, &mut rows, &mut compared, observer)?;
            // Asked once: an interruption that comes while what there is is written cuts the next
            // run.
            is_over |= observer.is_interrupted();
            let n_whole: u64 = rows.iter().map(|row| row.n_runs() as u64).sum();
            if is_over && n_whole < n_runs {
                compared.interrupted = Some((n_whole, n_runs));
            }
            let begun = rows.iter().filter(|row| row.n_runs() > 0);
            compared.rows = begun.cloned().collect();
            compared.compare_speeds();
            observer.compared(&compared).map_err(CompareError::Setup)?;
            if is_over {
                break;
            }
        }
        Ok(compared)
    }

    /// Runs every method with this seed. Returns whether to make an end.
    fn run_round(
        &self,
        seed: u64,
        rows: &mut [ComparedRow],
        compared: &mut Compared,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<bool, CompareError> {
        for (entry, row) in self.entries.iter().zip(rows) {
            let run = Run::new(Stage::Measuring, &entry.name, row.step_size, seed);
            let earlier = observer.earlier(&run);
            let session = match earlier {
                None => self.session(entry, &run, observer)?,
                Some(_) => build(self.experiment(entry, &run, self.clock)?)?,
            };
            let workers = Extremes::of(session.run.cluster.times());
            let (summary, fault) = match earlier {
                None => {
                    let (mut summary, fault) = finish(session, &run, observer)?;
                    let target = &compared.goal.target;
                    summary.time_to_target = target.time(&summary.evaluations);
                    (summary, fault)
                }
                Some(summary) => (summary, None),
            };
            if observer.is_interrupted() && summary.stop_reason == StopReason::Interrupted {
                observer.cut(&summary).map_err(CompareError::Setup)?;
                return Ok(true);
            }
            let fault = fault.map(|fault| format!("{}: {fault}", entry.name));
            compared.faults.extend(fault);
            observer.ran(&summary).map_err(CompareError::Setup)?;
            row.add(&summary, &workers);
            if observer.is_interrupted() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A run that is compared, ready to go.
    fn session(
        &self,
        entry: &Entry<'_>,
        run: &Run<'_>,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Session<T>, CompareError> {
        let experiment = Self::to_measure(self.experiment(entry, run, self.clock)?);
        if let Some(path) = observer.trace(run).map_err(CompareError::Setup)? {
            let error = match build(experiment.trace(path)) {
                Err(CompareError::Config(error @ ConfigError::Trace { .. })) => error,
                built => return built,
            };
            observer.untraced(error).map_err(CompareError::Setup)?;
            return build(Self::to_measure(self.experiment(entry, run, self.clock)?));
        }
        let Some(folder) = &self.traces else {
            return build(experiment);
        };
        fs::create_dir_all(folder).map_err(|source| ConfigError::Trace {
            path: folder.clone(),
            source,
        })?;
        build(experiment.trace(folder.join(run.trace_name())))
    }
}

/// One run.
impl<T: Scalar> Comparison<'_, T> {
    /// Finds out whether there is something to compare.
    pub(super) fn check_names(&self) -> Result<(), CompareError> {
        if let Some(refused) = &self.refused {
            return Err(CompareError::Refused(Arc::clone(refused)));
        }
        if self.entries.is_empty() {
            return Err(CompareError::NoMethods);
        }
        for (position, Entry { name, .. }) in self.entries.iter().enumerate() {
            if self.entries[..position].iter().any(|e| e.name == *name) {
                return Err(CompareError::Twice { name: name.clone() });
            }
        }
        Ok(())
    }

    /// Finds out whether all this can be done before any time is spent on it.
    fn check(&self) -> Result<(), CompareError> {
        self.check_names()?;
        self.seeds()?;
        for entry in &self.entries {
            let step_size = entry.step_size.or(self.step_size).unwrap_or(0.1);
            let run = Run::new(Stage::Measuring, &entry.name, step_size, self.seed);
            build(self.experiment(entry, &run, self.clock)?)?;
        }
        Ok(())
    }

    fn seeds(&self) -> Result<Range<u64>, CompareError> {
        let (seed, repeat) = (self.seed, self.repeat);
        let end = seed.checked_add(repeat).filter(|_| repeat > 0);
        let end = end.ok_or(CompareError::Seeds { seed, repeat })?;
        Ok(seed..end)
    }

    /// The experiment with its method, step size and budget.
    pub(super) fn experiment(
        &self,
        entry: &Entry<'_>,
        run: &Run<'_>,
        clock: Clock,
    ) -> Result<Experiment<T>, CompareError> {
        let experiment = (self.setup)(run.seed).map_err(CompareError::Setup)?;
        let experiment = entry.put_into(experiment, run.step_size, clock, self.clock);
        Ok(experiment.seed(run.seed).with(|spec| {
            let end = &mut spec.end;
            end.updates = self.end.updates.or(end.updates);
            end.time_limit = self.end.time_limit.or(end.time_limit);
            end.gradients = self.end.gradients.or(end.gradients);
            let (asked, target) = (self.end.target, &mut end.target);
            target.loss = asked.loss.or(target.loss);
            target.gradient_norm = asked.gradient_norm.or(target.gradient_norm);
            spec.evaluate_every = self.evaluate_every.or(spec.evaluate_every);
        }))
    }

    /// The experiment in virtual time, on this machine where there is one.
    pub(super) fn virtually(
        &self,
        entry: &Entry<'_>,
        run: &Run<'_>,
        machine: Option<&Cluster>,
    ) -> Result<Experiment<T>, CompareError> {
        let experiment = self.experiment(entry, run, Clock::Virtual)?;
        Ok(match machine {
            Some(machine) => experiment.cluster(machine.clone()),
            None => experiment,
        })
    }

    /// The experiment, evaluated on a grid that is fine enough to time a target by. It goes on when
    /// it has reached that: nothing is evaluated beside the workers.
    pub(super) fn to_measure(mut experiment: Experiment<T>) -> Experiment<T> {
        if experiment.spec().evaluate_every.is_none() {
            experiment.grid = Some(Grid::new(Step::Percent(1)));
        }
        experiment.with(|spec| spec.end.target = Target::default())
    }
}

/// A run ready to go, if it can be compared.
pub(super) fn build<T: Scalar>(experiment: Experiment<T>) -> Result<Session<T>, CompareError> {
    let session = experiment.build()?;
    match session.measurement.objective {
        Some(_) => Ok(session),
        None => Err(CompareError::NoObjective),
    }
}
