//! What a session runs, and how: a server, or threads without one.

use std::sync::Arc;
use std::time::Duration;

use methods::Engine;
use ps_core::{Observer, Oracle, ParamStore, Scalar, Seed, Service, Snapshot, StopReason, Watcher};
use workers::{
    Access, Cluster, DriverError, Hogwild, Reads, Report, StopRequests, Threads, virtual_time,
};

use trace::Clock;

/// What a session runs.
pub(crate) enum Runs<T: Scalar> {
    /// A server, with its method.
    Server(Box<Engine<T>>),
    /// Threads that share the model.
    Hogwild(Hogwild<T>),
}

/// Where and with what it runs.
pub(crate) struct Stage<'a, T: Scalar> {
    pub(crate) oracle: Option<&'a Arc<dyn Oracle<T>>>,
    pub(crate) cluster: &'a Arc<Cluster>,
    pub(crate) threads: &'a Threads,
    pub(crate) clock: Clock,
    pub(crate) seed: Seed,
    pub(crate) requests: &'a StopRequests,
}

/// A run that is over.
pub(crate) struct Over<T> {
    pub(crate) model: Snapshot<T>,
    pub(crate) time: Duration,
    pub(crate) reason: StopReason,
    pub(crate) report: Report,
    /// How the model was read, where workers shared it.
    pub(crate) reads: Option<Reads>,
}

impl<T: Scalar> std::fmt::Debug for Runs<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server(engine) => engine.fmt(f),
            Self::Hogwild(run) => run.fmt(f),
        }
    }
}

impl<T: Scalar> Runs<T> {
    /// Tells this observer everything that happens.
    pub(crate) fn add_observer(&mut self, observer: Box<dyn Observer>) {
        match self {
            Self::Server(engine) => engine.add_observer(observer),
            Self::Hogwild(run) => run.add_observer(observer),
        }
    }

    /// Shows this watcher the versions.
    pub(crate) fn add_watcher(&mut self, watcher: Box<dyn Watcher<T>>) {
        match self {
            Self::Server(engine) => engine.add_watcher(watcher),
            Self::Hogwild(run) => run.add_watcher(watcher),
        }
    }

    /// Where other threads find the newest version.
    pub(crate) fn store(&self) -> Arc<ParamStore<T>> {
        match self {
            Self::Server(engine) => engine.store(),
            Self::Hogwild(run) => run.store(),
        }
    }

    /// Which parameters a job reads and writes, where they are shared.
    pub(crate) fn access(&self, oracle: Option<&dyn Oracle<T>>) -> Option<Access> {
        match self {
            Self::Server(_) => None,
            Self::Hogwild(_) => oracle.map(Access::of),
        }
    }

    /// Runs to the end. Observers and watchers are gone then.
    pub(crate) fn run(self, stage: &Stage<'_, T>) -> Result<Over<T>, DriverError> {
        let Stage {
            cluster,
            threads,
            seed,
            requests,
            ..
        } = *stage;
        match (self, stage.clock, stage.oracle) {
            (Self::Hogwild(run), _, Some(oracle)) => {
                let (finished, report) = run.run(threads, oracle, cluster, seed, requests)?;
                Ok(Over {
                    model: finished.model,
                    time: finished.time,
                    reason: finished.reason,
                    reads: Some(report.reads),
                    report,
                })
            }
            (Self::Hogwild(_), _, None) => unreachable!("a schedule alone is in virtual time"),
            (Self::Server(engine), Clock::Real, Some(oracle)) => {
                let (engine, report) = threads.run(*engine, oracle, cluster, seed, requests)?;
                Ok(Over::of(&engine, report))
            }
            (Self::Server(mut engine), _, oracle) => {
                let oracle = oracle.map(AsRef::as_ref);
                let requests = (requests, threads.limit_of_jobs());
                let report = virtual_time::run(&mut *engine, oracle, cluster, seed, requests);
                Ok(Over::of(&engine, report))
            }
        }
    }
}

impl<T: Scalar> Over<T> {
    fn of(engine: &Engine<T>, report: Report) -> Self {
        Self {
            model: engine.model().clone(),
            time: engine.stopped_at().unwrap_or_default(),
            reason: engine.stopped().cloned().unwrap_or(StopReason::Requested),
            report,
            reads: None,
        }
    }
}
