//! A run that is ready to go.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use explain::phrases;
use ps_core::{ParamStore, Scalar, StopReason, guarded};
use workers::{Cluster, Driver, DriverError, DriverReport, Finished, Prepared, StopHandle};

use crate::data_facts::DataFacts;
use crate::error::ConfigError;
use crate::guarded::{DroppedObserver, Guarded};
use crate::live::Live;
use crate::log::Log;
use crate::measure::{Measured, Measurement};
use crate::run_error::RunError;
use crate::summary::Summary;
use crate::warning::Warning;
use trace::header::Header;
use trace::news::TraceListener;
use trace::statistics::Shared;
use trace::write::TraceWriter;
use trace::{Clock, LastLine, ModelHash, RunSpec, Statistics};

/// A run that is ready to go. While it runs, other threads may stop it and read the newest version
/// of the model.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
///
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
/// let session = Experiment::new(oracle).workers(2).updates(u64::MAX).build()?;
/// let (stop, store) = (session.stop_handle(), session.store());
/// let run = std::thread::Builder::new().spawn(move || session.run())?;
/// while store.version().number() < 100 {
///     std::thread::yield_now();
/// }
/// stop.stop();
/// let summary = run.join().expect("no panic")?;
/// assert_eq!(summary.stop_reason, StopReason::Requested);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<T: Scalar = f64> {
    driver: Box<dyn Driver<T>>,
    pub(crate) run: Prepared<T>,
    pub(crate) spec: RunSpec,
    pub(crate) measurement: Measurement<T>,
    statistics: Shared<Statistics>,
    /// With the name of its file.
    trace: Option<(PathBuf, TraceWriter)>,
    /// Those that are known before the run.
    warnings: Vec<Warning>,
    /// Whether each observer of the user's own panicked.
    dropped: Vec<Shared<Option<DroppedObserver>>>,
    pub(crate) data: DataFacts,
}

ps_core::debug_fields!([T: Scalar] Session<T>: spec, driver);

ps_core::compiled! {
    fn run<T>(session: Session<T>) -> Result<Summary<T>, RunError<T>> {
        session.run_here()
    }
}

impl<T: Scalar> Session<T> {
    pub(crate) fn new(
        driver: Box<dyn Driver<T>>,
        mut run: Prepared<T>,
        spec: RunSpec,
        measurement: Measurement<T>,
        warnings: Vec<Warning>,
        observers: Vec<Guarded>,
    ) -> Self {
        let mut dropped = Vec::new();
        for observer in observers {
            dropped.push(observer.dropped());
            run.observers.push(Box::new(observer));
        }
        let statistics = Shared::new(Statistics::new(run.cluster.n_workers()));
        run.observers.push(Box::new(statistics.clone()));
        run.observers.push(Box::new(Log::default()));
        Self {
            driver,
            run,
            spec,
            measurement,
            statistics,
            trace: None,
            warnings,
            dropped,
            data: DataFacts::default(),
        }
    }

    /// Writes a trace with this first line.
    pub(crate) fn trace_to(
        &mut self,
        path: &Path,
        header: &Header,
        drops: bool,
        listener: Option<TraceListener>,
    ) -> Result<(), ConfigError> {
        let trace = TraceWriter::create(path, header, drops, listener);
        let trace = trace.map_err(|source| ConfigError::Trace {
            path: path.to_owned(),
            source,
        })?;
        self.run.observers.push(trace.observer());
        self.measurement.write_along(trace.evaluations());
        self.trace = Some((path.to_owned(), trace));
        Ok(())
    }

    /// Stops the run from another thread.
    pub fn stop_handle(&self) -> StopHandle {
        self.run.requests.clone()
    }

    /// Where the newest version of the model is found while the run goes on. Of Hogwild! it is a
    /// copy of the shared model, and its version is how many updates were known to be in it.
    pub fn store(&self) -> Arc<ParamStore<T>> {
        Arc::clone(&self.run.store)
    }

    /// A look into the run while it goes on, from another thread.
    pub fn live(&self) -> Live<T> {
        let objective = self.measurement.objective.clone();
        let overdue = self.run.overdue.clone();
        Live::new(self.store(), self.statistics.clone(), overdue, objective)
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// If an oracle failed, the model diverged, a thread could not be started or the trace not be
    /// written.
    pub fn run(self) -> Result<Summary<T>, RunError<T>> {
        run(self)
    }

    fn run_here(self) -> Result<Summary<T>, RunError<T>> {
        let RunSpec {
            step_size,
            seed,
            concurrency,
            ..
        } = &self.spec;
        let (method, workers) = (self.spec.algorithm.label(), self.run.cluster.n_workers());
        tracing::info!(target: "asgrad", method, workers, concurrency, step_size, seed, "run");
        let summary = self.drive()?;
        let (reason, updates, seconds) = (&summary.stop_reason, summary.updates, summary.seconds);
        tracing::info!(target: "asgrad", %reason, updates, seconds, "stopped");
        if summary.stop_reason.is_failure() {
            return Err(RunError::Failed(Box::new(summary)));
        }
        Ok(summary)
    }

    fn drive(self) -> Result<Summary<T>, RunError<T>> {
        let (cluster, store) = (Arc::clone(&self.run.cluster), self.store());
        let requests = self.run.requests.clone();
        // Observers go with what runs; the threads that they feed come to their end.
        let driven = guarded(|| self.driver.drive(self.run));
        let mut finished = match finished(driven, &store, &self.statistics) {
            Ok(finished) => finished,
            Err(error) => {
                drop(self.measurement);
                // What was recorded is whole; the run's own error says more than one of closing the
                // file.
                let _ = self.trace.map(|(_, trace)| trace.close());
                let model = store.snapshot();
                return Err(RunError::Driver { error, model });
            }
        };
        let measured =
            (self.measurement).finish(&self.spec, &finished.model, finished.time, &requests);
        if let Some(panicked) = measured.panicked.clone()
            && !finished.reason.is_failure()
        {
            finished.reason = panicked;
        }
        let model_hash = ModelHash::of(finished.model.values());
        let traced = self.trace.map_or(Ok(()), |(path, trace)| {
            let (reason, report) = (&finished.reason, &finished.report);
            let last = LastLine {
                time: finished.time,
                version: finished.model.version(),
                reason: reason.word().to_owned(),
                message: reason.failure(),
                served: report.served,
                reads: report.reads,
                model_hash: model_hash.to_string(),
                ..LastLine::default()
            };
            let written = trace.finish(&report.leaving, &measured.evaluations, last);
            written.map_err(|source| (path, source))
        });
        let counted = self.statistics.with(mem::take);
        let mut summary = summary(&self.spec, &finished, measured, counted, model_hash);
        summary.unused_rows = self.data.unused_rows;
        if summary.clock == Clock::Real {
            let warnings = warnings_of_real_run(&summary, &cluster, &finished.report);
            summary.warnings.splice(..0, warnings);
        }
        let dropped = self.dropped.iter().filter_map(|it| it.with(Option::take));
        let dropped = dropped.map(Warning::ObserverDropped);
        let warnings = warnings_of_any_run(&summary, self.data.largest_feature);
        let warnings = dropped.chain(warnings);
        summary
            .warnings
            .splice(..0, self.warnings.into_iter().chain(warnings));
        match traced {
            Ok(()) => Ok(summary),
            Err((path, source)) => Err(RunError::Trace {
                path,
                source,
                summary: Box::new(summary),
            }),
        }
    }
}

/// What came of driving a run. One whose server or driver panicked has ended, with what it had
/// published by then.
fn finished<T: Scalar>(
    driven: Result<Result<Finished<T>, DriverError>, String>,
    store: &ParamStore<T>,
    statistics: &Shared<Statistics>,
) -> Result<Finished<T>, DriverError> {
    let message = match driven {
        Ok(Err(DriverError::ServerPanicked { message })) | Err(message) => message,
        Ok(finished) => return finished,
    };
    let part = "the server, or the driver,";
    Ok(Finished {
        model: store.snapshot(),
        time: statistics.with(|counted| counted.last_time()),
        reason: StopReason::Panicked { part, message },
        report: DriverReport::default(),
    })
}

fn summary<T: Scalar>(
    spec: &RunSpec,
    finished: &Finished<T>,
    measured: Measured,
    statistics: Statistics,
    model_hash: ModelHash,
) -> Summary<T> {
    let seconds = finished.time.as_secs_f64();
    let updates = finished.model.version().number();
    let last = measured.evaluations.last();
    let norms = measured.evaluations.iter().map(|e| e.gradient_norm);
    Summary {
        method: spec.algorithm.label(),
        updates,
        gradients: statistics.gradients(),
        discarded: statistics.discarded,
        seconds,
        loss: last.map(|e| e.loss),
        gradient_norm: last.map(|e| e.gradient_norm),
        min_gradient_norm: norms.reduce(f64::min),
        accuracy: measured.accuracy,
        staleness: statistics.staleness(),
        concurrency: statistics.concurrency(),
        lost_workers: statistics.lost_workers.clone(),
        waited_for: statistics.waited_for(finished.time, spec.driver.clock()),
        rejected: statistics.rejected(),
        gradients_per_worker: statistics.gradients_per_worker.clone(),
        updates_per_second: (seconds > 0.0).then(|| updates as f64 / seconds),
        stop_reason: finished.reason.clone(),
        model_hash: model_hash.to_string(),
        step_size: spec.step_size,
        seed: spec.seed,
        clock: spec.driver.clock(),
        unused_rows: 0,
        reads: finished.report.reads,
        model: finished.model.clone(),
        time_to_target: measured.time_to_target,
        evaluating: measured.evaluating,
        evaluations: measured.evaluations,
        statistics,
        warnings: measured.warnings,
    }
}

/// Looks for what makes a run mean something else than it seems to, on either clock.
fn warnings_of_any_run<T: Scalar>(run: &Summary<T>, largest_feature: f64) -> Vec<Warning> {
    // Of a run that failed before any job was back nobody was waited for.
    let waited_for = run.waited_for.iter().copied();
    let failed = run.stop_reason.is_failure();
    let waited_for = waited_for.filter(|waited| !failed || waited.medians.is_some());
    let mut warnings: Vec<_> = waited_for.map(Warning::WaitedFor).collect();
    // One that ended the run is named by its reason.
    let went_on = !run.lost_workers.is_empty() && !run.stop_reason.is_failure();
    warnings.extend(went_on.then(|| Warning::LostWorkers(run.lost_workers.clone())));
    let rejected = run.statistics.rejected_per_worker.iter();
    let most = rejected.max_by_key(|&(_, &rejected)| rejected);
    warnings.extend(most.map(|(&worker, &of_worker)| Warning::Rejected {
        rejected: run.rejected,
        worker,
        of_worker,
    }));
    let gradients = run.gradients;
    let had_time = run.stop_reason == StopReason::Seconds;
    let has_no_update =
        run.updates == 0 && (gradients > 0 || had_time) && !run.stop_reason.is_failure();
    warnings.extend(has_no_update.then_some(Warning::NoUpdate { gradients }));
    if let [first, .., last] = &run.evaluations[..] {
        let (first, last) = (first.loss, last.loss);
        let grew = phrases::runs_away(first, last);
        warnings.extend((grew && first.is_finite()).then_some(Warning::LossGrew {
            first,
            last,
            largest_feature,
        }));
    }
    warnings
}

/// Below this, the operating system's timer (about 0.1 ms late) distorts what sleeps emulate.
const SHORT_SLEEP: f64 = 1e-3;

/// Looks for what may be wrong with a run on real threads.
fn warnings_of_real_run<T: Scalar>(
    run: &Summary<T>,
    cluster: &Cluster,
    report: &DriverReport,
) -> Vec<Warning> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (workers, gradients) = (cluster.n_workers(), run.gradients);
    let computing = if report.is_spinning {
        // Whoever waits is busy too.
        workers as f64
    } else if run.seconds > 0.0 {
        run.statistics.computed.as_secs_f64() / run.seconds
    } else {
        0.0
    };
    let oversubscribed = computing > cores as f64;
    let emulates = cluster.emulates_compute();
    let overruns = run.statistics.overruns;
    let left_behind = report
        .left_behind
        .iter()
        .map(|&worker| Warning::LeftBehind { worker });
    let mut warnings: Vec<_> = left_behind.collect();
    warnings.extend((overruns > 0).then_some(Warning::Overran {
        overruns,
        gradients,
    }));
    warnings.extend(oversubscribed.then_some(Warning::Oversubscribed { computing, cores }));
    let mostly_asleep = emulates && workers > cores && !oversubscribed && !report.is_spinning;
    warnings.extend(mostly_asleep.then_some(Warning::FewCores {
        workers,
        cores,
        computing,
    }));
    let times = cluster.times().iter().copied();
    let fastest = times.fold(f64::INFINITY, f64::min);
    let seconds = fastest * cluster.unit().as_secs_f64();
    warnings
        .extend((emulates && seconds < SHORT_SLEEP).then_some(Warning::ShortSleeps { seconds }));
    warnings
}
