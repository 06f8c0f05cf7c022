//! The step size of each method, by virtual time over a grid, in parallel.

use ps_core::{Scalar, StopReason};
#[cfg(feature = "rayon")]
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::entry::Entry;
use super::observer::{CompareObserver, Run, Stage, finish};
use super::race::build;
use super::{CompareError, Comparison, Grid};
use crate::error::{ConfigError, Fault};
use trace::Target;
use workers::Cluster;

/// Where nothing is emulated, step sizes are tried for this part of a run's time.
const SHORTER: u32 = 20;

/// What a method's search for a step size found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tuned {
    /// The method, as it was named.
    pub method: String,
    /// Step sizes, the largest first, and their final losses; `None` if the run diverged.
    pub losses: Vec<(f64, Option<f64>)>,
    /// The step size of the lowest loss; of equal ones the largest.
    pub best: Option<f64>,
    /// How many updates the longest run made: without one no step size can be told from another.
    pub updates: u64,
    /// What was tried.
    pub grid: Grid,
}

impl Tuned {
    fn new<'a>(
        method: &str,
        grid: Grid,
        tries: impl Iterator<Item = &'a (f64, Option<f64>, u64)> + Clone,
    ) -> Self {
        let losses = tries.clone().map(|&(size, loss, _)| (size, loss));
        let updates = tries.map(|&(.., updates)| updates).max().unwrap_or(0);
        Self::best_of(method.to_owned(), grid, losses.collect(), updates)
    }

    fn best_of(method: String, grid: Grid, losses: Vec<(f64, Option<f64>)>, updates: u64) -> Self {
        let converged = losses
            .iter()
            .filter_map(|&(size, loss)| Some((size, loss?)));
        // Of equal losses `min_by` takes the first, which is the one of the larger step size.
        let best = converged.min_by(|a, b| a.1.total_cmp(&b.1));
        Self {
            method,
            best: best.map(|(size, _)| size),
            losses,
            updates,
            grid,
        }
    }

    /// The best one.
    ///
    /// # Errors
    /// If every step size diverged.
    pub fn found(&self) -> Result<f64, CompareError> {
        self.best.ok_or_else(|| CompareError::AllDiverged {
            method: self.method.clone(),
            grid: self.grid,
        })
    }

    /// What may be wrong with the best one.
    pub fn warning(&self) -> Option<String> {
        let best = self.best?;
        if self.updates == 0 {
            let method = &self.method;
            return Some(format!(
                "{method}: no update was made where its step size was looked for, so the largest was taken"
            ));
        }
        let edges = [self.losses.first()?.0, self.losses.last()?.0];
        let Self { method, grid, .. } = self;
        edges.contains(&best).then(|| {
            format!("{method}: the best step size {best} lies at the edge of the grid {grid}; a better one may lie outside")
        })
    }
}

impl<T: Scalar> Comparison<'_, T> {
    /// [`tune`](Self::tune), and somebody looks on. What was interrupted is what was tried by then.
    ///
    /// # Errors
    /// As [`tune`](Self::tune).
    pub fn tune_watched(
        &self,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Vec<Tuned>, CompareError> {
        self.check_names()?;
        let machine = self.machine(observer)?;
        let all: Vec<_> = self.entries.iter().collect();
        let tuned = self.search(&all, machine.as_ref(), observer)?;
        if !observer.is_interrupted() {
            tuned.iter().for_each(|tuned| observer.tuned(tuned));
        }
        Ok(tuned)
    }

    /// The step size of a method that need not be looked for.
    pub(super) fn step_size_of(
        &self,
        entry: &Entry<'_>,
        observer: &dyn CompareObserver<T>,
    ) -> Option<f64> {
        let given = entry.step_size.or(self.step_size);
        given.or_else(|| observer.known_step_size(&entry.name))
    }

    /// The step size of each method, and what was found of those that had none.
    pub(super) fn step_sizes(
        &self,
        machine: Option<&Cluster>,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<(Vec<f64>, Vec<Tuned>), CompareError> {
        let given = |entry| self.step_size_of(entry, observer);
        let given: Vec<_> = self.entries.iter().map(given).collect();
        let open = self.entries.iter().zip(&given);
        let open = open.filter(|(_, given)| given.is_none());
        let open: Vec<_> = open.map(|(entry, _)| entry).collect();
        let all_tuned = self.search(&open, machine, observer)?;
        if observer.is_interrupted() {
            return Err(CompareError::Interrupted);
        }
        let mut best = Vec::with_capacity(open.len());
        for tuned in &all_tuned {
            observer.tuned(tuned);
            best.push(tuned.found()?);
        }
        let mut best = best.into_iter();
        let step_size = |given: Option<f64>| given.or_else(|| best.next());
        let step_sizes = given.into_iter().filter_map(step_size).collect();
        Ok((step_sizes, all_tuned))
    }

    /// Tries the whole grid for each: the same budget for all.
    fn search(
        &self,
        entries: &[&Entry<'_>],
        machine: Option<&Cluster>,
        observer: &mut dyn CompareObserver<T>,
    ) -> Result<Vec<Tuned>, CompareError> {
        let grid = self.grid.step_sizes();
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let tries = entries
            .iter()
            .flat_map(|entry| grid.iter().map(move |&step_size| (*entry, step_size)));
        let tries: Vec<_> = tries.collect();
        observer.stage(Stage::Tuning, tries.len() as u64);
        let observing = &*observer;
        #[cfg(feature = "rayon")]
        let tries = tries.into_par_iter();
        #[cfg(not(feature = "rayon"))]
        let tries = tries.into_iter();
        let tried = tries
            .map(|(entry, step_size)| self.try_out(entry, step_size, machine, observing))
            .collect::<Result<Vec<_>, CompareError>>()?;
        let of_each = entries.iter().zip(tried.chunks(grid.len()));
        of_each
            .map(|(entry, tries)| {
                let tuned = Tuned::new(&entry.name, self.grid, tries.iter().flatten());
                self.grow(entry, tuned, machine, observing)
            })
            .collect()
    }

    /// Tries step sizes beyond the edge that the best one lies at, as long as they are better.
    fn grow(
        &self,
        entry: &Entry<'_>,
        mut tuned: Tuned,
        machine: Option<&Cluster>,
        observer: &dyn CompareObserver<T>,
    ) -> Result<Tuned, CompareError> {
        while let Some(best) = tuned
            .best
            .filter(|_| self.grid.grows() && tuned.updates > 0)
        {
            let Some((grid, step_size)) = tuned.grid.grown(best) else {
                break;
            };
            let Some((_, loss, _)) = self.try_out(entry, step_size, machine, observer)? else {
                break;
            };
            let position = if step_size > best {
                0
            } else {
                tuned.losses.len()
            };
            tuned.losses.insert(position, (step_size, loss));
            tuned = Tuned::best_of(tuned.method, grid, tuned.losses, tuned.updates);
        }
        Ok(tuned)
    }

    /// The step size, the final loss, unless it diverged, and how many updates there were; nothing if
    /// it was not run to its end.
    fn try_out(
        &self,
        entry: &Entry<'_>,
        step_size: f64,
        machine: Option<&Cluster>,
        observer: &dyn CompareObserver<T>,
    ) -> Result<Option<(f64, Option<f64>, u64)>, CompareError> {
        if observer.is_interrupted() {
            return Ok(None);
        }
        let run = Run::new(Stage::Tuning, &entry.name, step_size, self.seed);
        let experiment = self.virtually(entry, &run, machine)?.with(|spec| {
            let end = &mut spec.end;
            end.target = Target::default();
            // Each gradient costs what it costs, whatever the clock.
            let shorter = if machine.is_some() { SHORTER } else { 1 };
            end.time_limit = end.time_limit.map(|time| time / shorter);
        });
        let session = match build(experiment.evaluate_every(u64::MAX)) {
            Err(CompareError::Config(ConfigError::Misfit {
                fault: Fault::TimeStandsStill,
                ..
            })) => {
                return Err(CompareError::NoVirtualTime);
            }
            session => session?,
        };
        let (summary, fault) = finish(session, &run, observer)?;
        if let reason @ StopReason::Hung { .. } = summary.stop_reason {
            let method = entry.name.clone();
            return Err(CompareError::Hung { method, reason });
        }
        if summary.stop_reason == StopReason::Interrupted {
            return Ok(None);
        }
        let is_sound = |loss: &f64| fault.is_none() && loss.is_finite();
        let loss = summary.loss.filter(is_sound);
        Ok(Some((step_size, loss, summary.updates)))
    }
}
