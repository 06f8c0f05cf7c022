//! How fast the workers are.

use std::sync::Arc;
use std::time::Duration;

use ps_core::{JobId, Purpose, Seed, WorkerId};

use crate::Law;

/// The latency model of all workers: how long each job's download, computation and upload take. They follow one
/// another and occupy the worker.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use workers::{Cluster, Law};
///
/// let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_millis(5))?.compute(Law::Exponential);
/// assert_eq!(cluster.n_workers(), 2);
/// # Ok::<(), workers::ClusterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    speeds: Vec<f64>,
    unit: Duration,
    download: Law,
    compute: Law,
    upload: Law,
    download_speeds: Option<Vec<f64>>,
    upload_speeds: Option<Vec<f64>>,
    /// The times of each worker's jobs, one after the other and then again, instead of drawn ones.
    recorded: Option<Arc<[Vec<Latency>]>>,
}

/// A latency model that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Nobody to work.
    #[error("--workers 0: at least one is needed")]
    NoWorkers,
    /// A speed that is no time.
    #[error(
        "worker {worker} has speed {speed:?}: a speed is the time for one gradient in units of {unit:?}, at most 1e9 of them and at least a nanosecond"
    )]
    BadSpeed {
        /// Which worker.
        worker: usize,
        /// Its speed.
        speed: f64,
        /// The length of one unit.
        unit: Duration,
    },
    /// Speeds for another number of workers.
    #[error("{given} speeds were given for {n_workers} workers")]
    WrongNumberOfSpeeds {
        /// How many were given.
        given: usize,
        /// How many workers there are.
        n_workers: usize,
    },
    /// Nothing is known of how long a worker takes.
    #[error(
        "worker {worker} finished no job in the recording, so how long it takes is not known; record a longer run"
    )]
    NothingRecorded {
        /// Which worker.
        worker: usize,
    },
    /// With such a worker the clock would stand still.
    #[error(
        "worker {worker}'s jobs all took no time in the recording, so on its machine a run would never end; record a longer run"
    )]
    NoTimeRecorded {
        /// Which worker.
        worker: usize,
    },
    /// A unit of no length, or of more than an hour.
    #[error("the unit {0:?} must be above zero and at most an hour")]
    BadUnit(Duration),
}

/// The emulated times of one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Of its model to the worker.
    pub download: Duration,
    /// Of the computation in all. `None`: nothing is emulated, the real time counts.
    pub compute: Option<Duration>,
    /// Of its gradient to the server.
    pub upload: Duration,
}

impl Cluster {
    /// Workers with these speeds: `s_i` is the time that worker `i` needs for a gradient, in units. Compute times are
    /// fixed, downloads and uploads take no time, until set otherwise.
    ///
    /// # Errors
    /// If there is no worker, or a speed or the unit is not a sensible positive number: at least a nanosecond a gradient.
    pub fn new(speeds: Vec<f64>, unit: Duration) -> Result<Self, ClusterError> {
        if speeds.is_empty() {
            return Err(ClusterError::NoWorkers);
        }
        if unit.is_zero() || unit > Duration::from_secs(3600) {
            return Err(ClusterError::BadUnit(unit));
        }
        check_speeds(&speeds, unit)?;
        Ok(Self {
            speeds,
            unit,
            download: Law::None,
            compute: Law::Fixed,
            upload: Law::None,
            download_speeds: None,
            upload_speeds: None,
            recorded: None,
        })
    }

    /// Workers whose jobs take the times that were recorded: the first of a worker's list for its first job, and so on,
    /// and from the first again when the list has come to its end.
    ///
    /// # Errors
    /// If there is no worker, or one of them without a time, or with none above zero.
    pub fn recorded(times: Vec<Vec<Latency>>) -> Result<Self, ClusterError> {
        const UNIT: Duration = Duration::from_millis(1);
        if let Some(worker) = times.iter().position(Vec::is_empty) {
            return Err(ClusterError::NothingRecorded { worker });
        }
        let is_nothing = |time: &Latency| {
            (time.download + time.upload).is_zero() && time.compute.unwrap_or_default().is_zero()
        };
        let stands_still = |times: &Vec<Latency>| times.iter().all(is_nothing);
        if let Some(worker) = times.iter().position(stands_still) {
            return Err(ClusterError::NoTimeRecorded { worker });
        }
        let speed = |times: &Vec<Latency>| {
            let computed = times.iter().map(|time| time.compute.unwrap_or_default());
            let total = computed.fold(Duration::ZERO, Duration::saturating_add);
            let mean = total.as_secs_f64() / times.len() as f64;
            (mean / UNIT.as_secs_f64()).clamp(1e-6, 1e9)
        };
        let cluster = Self::new(times.iter().map(speed).collect(), UNIT)?;
        Ok(Self {
            recorded: Some(times.into()),
            ..cluster
        })
    }

    /// The law of compute times. [`Law::None`]: no time is emulated, workers take what they really take.
    #[must_use]
    pub fn compute(mut self, law: Law) -> Self {
        self.compute = law;
        self
    }

    /// The law of the time that a model takes to its worker.
    #[must_use]
    pub fn download(mut self, law: Law) -> Self {
        self.download = law;
        self
    }

    /// The law of the time that a gradient takes to the server.
    #[must_use]
    pub fn upload(mut self, law: Law) -> Self {
        self.upload = law;
        self
    }

    /// Speeds of downloads and of uploads that differ from those of computing.
    ///
    /// # Errors
    /// If there is not one positive number for each worker.
    pub fn link_speeds(
        mut self,
        download: Vec<f64>,
        upload: Vec<f64>,
    ) -> Result<Self, ClusterError> {
        for speeds in [&download, &upload] {
            if speeds.len() != self.n_workers() {
                let (given, n_workers) = (speeds.len(), self.n_workers());
                return Err(ClusterError::WrongNumberOfSpeeds { given, n_workers });
            }
            check_speeds(speeds, self.unit)?;
        }
        self.download_speeds = Some(download);
        self.upload_speeds = Some(upload);
        Ok(self)
    }

    /// How many workers there are.
    #[must_use]
    pub fn n_workers(&self) -> usize {
        self.speeds.len()
    }

    /// The speeds of computing, in units for each gradient.
    #[must_use]
    pub fn speeds(&self) -> &[f64] {
        &self.speeds
    }

    /// The length of one unit of time.
    #[must_use]
    pub fn unit(&self) -> Duration {
        self.unit
    }

    /// Whether every job takes some emulated time. Without it, virtual time stands still.
    #[must_use]
    pub fn emulates_time(&self) -> bool {
        let laws = [self.download, self.compute, self.upload];
        self.recorded.is_some() || laws.iter().any(|law| *law != Law::None)
    }

    /// The law of compute times.
    #[must_use]
    pub fn compute_law(&self) -> Law {
        self.compute
    }

    /// In words: laws and unit.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.recorded.is_some() {
            return "times as they were recorded".to_owned();
        }
        let Self {
            download,
            compute,
            upload,
            unit,
            ..
        } = self;
        format!("download {download}, compute {compute}, upload {upload}, unit {unit:?}")
    }

    /// The times of one job, its worker's `nth` from 0. Drawn ones are always the same for the same seed, worker and job.
    pub(crate) fn latency(&self, seed: Seed, worker: WorkerId, job: JobId, nth: u64) -> Latency {
        if let Some(recorded) = &self.recorded {
            let times = &recorded[worker.index()];
            let position = usize::try_from(nth % times.len() as u64).expect("a place in a list");
            return times[position];
        }
        let draw = |law: Law, speeds: &[f64], purpose| {
            let units = law.draw(speeds[worker.index()], || seed.stream(purpose, worker, job));
            // A drawn time has no end in theory; a century does for practice.
            let nanoseconds = (units * self.unit.as_nanos() as f64).round().min(3.2e18);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "rounded, positive and capped"
            )]
            Duration::from_nanos(nanoseconds as u64)
        };
        let download_speeds = self.download_speeds.as_ref().unwrap_or(&self.speeds);
        let upload_speeds = self.upload_speeds.as_ref().unwrap_or(&self.speeds);
        Latency {
            download: draw(self.download, download_speeds, Purpose::Download),
            compute: (self.compute != Law::None)
                .then(|| draw(self.compute, &self.speeds, Purpose::Compute)),
            upload: draw(self.upload, upload_speeds, Purpose::Upload),
        }
    }
}

/// Times are whole nanoseconds: with shorter ones virtual time would stand still.
fn check_speeds(speeds: &[f64], unit: Duration) -> Result<(), ClusterError> {
    let fits = |speed: f64| speed <= 1e9 && speed * unit.as_nanos() as f64 >= 1.0;
    let bad = speeds.iter().position(|&speed| !fits(speed));
    bad.map_or(Ok(()), |worker| {
        let speed = speeds[worker];
        Err(ClusterError::BadSpeed {
            worker,
            speed,
            unit,
        })
    })
}
