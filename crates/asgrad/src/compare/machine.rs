//! The machine itself as a cluster, where no times are emulated.

use std::time::Duration;

use ps_core::{Event, Observer, Scalar, WorkerId};
use workers::{Cluster, Latency};

use super::observer::{CompareObserver, Run, Stage, finish};
use super::race::build;
use super::{CompareError, Comparison};
use crate::error::ConfigError;
use trace::statistics::Shared;
use trace::{Algorithm, Clock, Target};

/// Before this time caches and clock rates are not what they will be.
const WARM_UP: Duration = Duration::from_millis(200);
/// For so long times are measured after that.
const MEASURED: Duration = Duration::from_millis(300);
/// A run is longer if that is needed for every worker to have a time, but not longer than this.
const AT_MOST: Duration = Duration::from_secs(10);
/// So many times of a worker are enough.
const ENOUGH: usize = 2000;
/// No step size that a run could diverge with: only its times are of interest.
const STEP_SIZE: f64 = 1e-6;

/// How long each worker took from one gradient to the next: computing, and being served.
#[derive(Debug, Default)]
struct Cycles {
    /// When a worker's last gradient came.
    last: Vec<Duration>,
    times: Vec<Vec<Latency>>,
}

/// Takes them down.
struct Watching(Shared<Cycles>);

impl Observer for Watching {
    fn observe(&mut self, event: &Event) {
        let Event::Received(received) = event else {
            return;
        };
        let worker = received.worker.index();
        self.0.with(|cycles| {
            let (last, times) = (&mut cycles.last[worker], &mut cycles.times[worker]);
            let took = received.time.saturating_sub(*last);
            *last = received.time;
            if received.time > WARM_UP && times.len() < ENOUGH {
                times.push(Latency {
                    download: Duration::ZERO,
                    compute: Some(took.max(Duration::from_nanos(1))),
                    upload: Duration::ZERO,
                });
            }
        });
    }
}

impl<T: Scalar> Comparison<'_, T> {
    /// The workers with the times that they really take, measured in a short run of `pure` on the
    /// real clock; none where times are emulated, or the comparison is in virtual time.
    pub(super) fn machine(
        &self,
        observer: &dyn CompareObserver<T>,
    ) -> Result<Option<Cluster>, CompareError> {
        let Some(entry) = self.entries.first().filter(|_| self.clock == Clock::Real) else {
            return Ok(None);
        };
        let mut slow = WorkerId::new(0);
        for time in [WARM_UP + MEASURED, AT_MOST] {
            let run = Run::new(Stage::Aiming, &entry.name, STEP_SIZE, self.seed);
            let experiment = self.experiment(entry, &run, Clock::Real)?.with(|spec| {
                spec.algorithm = Algorithm::Method("pure".parse().expect("there is this method"));
                spec.end.target = Target::default();
                (spec.end.updates, spec.end.gradients) = (None, None);
                spec.end.time_limit = Some(time);
            });
            let cycles = Shared::new(Cycles::default());
            let session = build(
                experiment
                    .evaluate_every(u64::MAX)
                    .observer(Watching(cycles.clone())),
            )?;
            if session.run.cluster.emulates_time() {
                return Ok(None);
            }
            let n_workers = session.run.cluster.n_workers();
            cycles.with(|cycles| {
                cycles.last.resize(n_workers, Duration::ZERO);
                cycles.times.resize(n_workers, Vec::new());
            });
            finish(session, &run, observer)?;
            if observer.is_interrupted() {
                return Err(CompareError::Interrupted);
            }
            let times = cycles.with(|cycles| std::mem::take(&mut cycles.times));
            match times.iter().position(Vec::is_empty) {
                Some(worker) => slow = WorkerId::new(worker),
                None => {
                    let cluster = Cluster::recorded(times);
                    return Ok(Some(cluster.map_err(ConfigError::from)?));
                }
            }
        }
        let (worker, seconds) = (slow, AT_MOST.as_secs());
        Err(CompareError::Unmeasured { worker, seconds })
    }
}
