//! How fast the workers are.

mod error;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ps_core::{JobId, Purpose, Seed, WorkerId};

use crate::latency::compute_times::ComputeTimes;
use crate::latency::law::Law;
use crate::latency::slowdown::Slowdown;
use crate::latency::slowdown::{Part, stretch};

pub use error::ClusterError;

/// The compute time of a job that never comes back: five centuries, the end of virtual time.
pub(crate) const NEVER: Duration = Duration::from_nanos(u64::MAX);

/// The latency model of all workers: how long each job's download, computation and upload take. They follow one
/// another and occupy the worker.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use workers::{Cluster, Law};
///
/// let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_millis(5))?.compute(Law::exponential());
/// assert_eq!(cluster.n_workers(), 2);
/// # Ok::<(), workers::ClusterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(in crate::latency) speeds: Vec<f64>,
    pub(in crate::latency) unit: Duration,
    pub(in crate::latency) download: Law,
    pub(in crate::latency) compute: Law,
    pub(in crate::latency) upload: Law,
    pub(in crate::latency) download_speeds: Option<Vec<f64>>,
    pub(in crate::latency) upload_speeds: Option<Vec<f64>>,
    /// The times of each worker's jobs, one after the other and then again, instead of drawn ones.
    pub(in crate::latency) recorded: Option<Recorded>,
    /// One of each kind at most.
    pub(in crate::latency) slowdowns: Vec<Slowdown>,
}

/// Times that are known.
#[derive(Clone, Debug)]
pub(in crate::latency) struct Recorded {
    times: Arc<[Vec<Latency>]>,
    /// Where they come from.
    pub(in crate::latency) origin: ComputeTimes,
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
    /// fixed, downloads and uploads take no time, until set otherwise. A worker of infinite speed never answers: whatever
    /// it is given never comes back.
    ///
    /// # Errors
    /// If there is no worker, or none that answers, or a speed or the unit is not a sensible positive number: at least a
    /// nanosecond a gradient.
    pub fn new(speeds: Vec<f64>, unit: Duration) -> Result<Self, ClusterError> {
        if speeds.is_empty() {
            return Err(ClusterError::NoWorkers);
        }
        if unit.is_zero() || unit > Duration::from_secs(3600) {
            return Err(ClusterError::BadUnit(unit));
        }
        let answers = |speed: &&f64| **speed != f64::INFINITY;
        check_speeds(
            speeds
                .iter()
                .enumerate()
                .filter(|(_, speed)| answers(speed)),
            unit,
        )?;
        if !speeds.iter().any(|speed| answers(&speed)) {
            return Err(ClusterError::NobodyAnswers);
        }
        Ok(Self {
            speeds,
            unit,
            download: Law::none(),
            compute: Law::fixed(),
            upload: Law::none(),
            download_speeds: None,
            upload_speeds: None,
            recorded: None,
            slowdowns: Vec::new(),
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
            recorded: Some(Recorded {
                times: times.into(),
                origin: ComputeTimes::Recorded,
            }),
            ..cluster
        })
    }

    /// With measured times, from this file.
    pub(crate) fn measured_in(mut self, path: &Path) -> Self {
        if let Some(recorded) = &mut self.recorded {
            recorded.origin = ComputeTimes::Measured(path.to_owned());
        }
        self
    }

    /// The law of compute times. [`Law::none`]: no time is emulated, workers take what they really take.
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

    /// Something that slows workers down as time passes, on top of what is there already. It takes the place of one of
    /// the same kind.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use workers::{Cluster, ClusterSpec, Slowdown};
    ///
    /// let second = Duration::from_secs(1);
    /// let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_millis(5))?
    ///     .slowdown(Slowdown::outages(5 * second, second)?)
    ///     .slowdown(Slowdown::periodic(0.5, 2 * second)?);
    /// assert!(ClusterSpec::from(&cluster).to_string().ends_with("slowed down by outages:5s,1s and periodic:0.5,2s"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn slowdown(mut self, slowdown: Slowdown) -> Self {
        self.slowdowns.retain(|other| !other.is_like(&slowdown));
        self.slowdowns.push(slowdown);
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
            check_speeds(speeds.iter().enumerate(), self.unit)?;
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
        let laws = [&self.download, &self.compute, &self.upload];
        self.recorded.is_some() || laws.iter().any(|law| !law.is_none())
    }

    /// The law of compute times.
    #[must_use]
    pub fn compute_law(&self) -> &Law {
        &self.compute
    }

    /// The first worker that never answers, if there is one.
    #[must_use]
    pub fn never_answers(&self) -> Option<WorkerId> {
        let position = self.speeds.iter().position(|speed| speed.is_infinite());
        position.map(WorkerId::new)
    }

    /// What slows workers down as time passes.
    #[must_use]
    pub fn slowdowns(&self) -> &[Slowdown] {
        &self.slowdowns
    }

    /// Whether computations take an emulated time, drawn or recorded.
    #[must_use]
    pub fn emulates_compute(&self) -> bool {
        self.recorded.is_some() || !self.compute.is_none()
    }

    /// How many units a job of each worker takes, where that is fixed.
    #[must_use]
    pub fn fixed_times(&self) -> Option<Vec<f64>> {
        let fixed = Law::fixed();
        let is_sure = |law: &Law| law.is_none() || *law == fixed;
        let changes = self.recorded.is_some() || !self.slowdowns.is_empty();
        let is_sure = self.compute == fixed && is_sure(&self.download) && is_sure(&self.upload);
        if changes || !is_sure {
            return None;
        }
        let mut times = self.speeds.clone();
        for (law, speeds) in [
            (&self.download, &self.download_speeds),
            (&self.upload, &self.upload_speeds),
        ] {
            let speeds = speeds.as_ref().unwrap_or(&self.speeds);
            if *law == fixed {
                times.iter_mut().zip(speeds).for_each(|(t, s)| *t += s);
            }
        }
        Some(times)
    }

    /// The times of one job, its worker's `nth` from 0, that is taken up at `start`. Always the same for the same seed,
    /// worker, job and start.
    pub(crate) fn latency(
        &self,
        seed: Seed,
        worker: WorkerId,
        (job, nth): (JobId, u64),
        start: Duration,
    ) -> Latency {
        let at_full_speed = self.at_full_speed(seed, worker, job, nth);
        if self.slowdowns.is_empty() || at_full_speed.compute == Some(NEVER) {
            return at_full_speed;
        }
        let slow = |part, start, time| stretch(&self.slowdowns, (seed, worker), part, start, time);
        let download = slow(Part::Link, start, at_full_speed.download);
        let begun = start.saturating_add(download);
        let compute = at_full_speed.compute;
        let compute = compute.map(|time| slow(Part::Compute, begun, time));
        let sent = begun.saturating_add(compute.unwrap_or_default());
        let upload = slow(Part::Link, sent, at_full_speed.upload);
        Latency {
            download,
            compute,
            upload,
        }
    }

    /// The times of one job if nothing slowed it down.
    fn at_full_speed(&self, seed: Seed, worker: WorkerId, job: JobId, nth: u64) -> Latency {
        if self.speeds[worker.index()].is_infinite() {
            return Latency {
                download: Duration::ZERO,
                compute: Some(NEVER),
                upload: Duration::ZERO,
            };
        }
        let draw = |law: &Law, speeds: &[f64], purpose| {
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
        let download = draw(&self.download, download_speeds, Purpose::Download);
        let upload = draw(&self.upload, upload_speeds, Purpose::Upload);
        if let Some(recorded) = &self.recorded {
            let times = &recorded.times[worker.index()];
            let position = usize::try_from(nth % times.len() as u64).expect("a place in a list");
            let recorded = times[position];
            return Latency {
                download: recorded.download + download,
                compute: recorded.compute,
                upload: recorded.upload + upload,
            };
        }
        Latency {
            download,
            compute: (!self.compute.is_none())
                .then(|| draw(&self.compute, &self.speeds, Purpose::Compute)),
            upload,
        }
    }
}

/// Times are whole nanoseconds: with shorter ones virtual time would stand still.
fn check_speeds<'a>(
    mut speeds: impl Iterator<Item = (usize, &'a f64)>,
    unit: Duration,
) -> Result<(), ClusterError> {
    let fits = |speed: f64| speed <= 1e9 && speed * unit.as_nanos() as f64 >= 1.0;
    match speeds.find(|&(_, &speed)| !fits(speed)) {
        None => Ok(()),
        Some((worker, &speed)) => Err(ClusterError::BadSpeed {
            worker,
            speed,
            unit,
        }),
    }
}
