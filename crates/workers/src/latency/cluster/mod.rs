//! How fast the workers are.

mod error;

use std::sync::Arc;
use std::time::Duration;

use ps_core::{JobId, Purpose, Seed, WorkerId};

use crate::latency::compute_times::ComputeTimes;
use crate::latency::law::Law;
use crate::latency::slowdown::{Effect, Part, Slowdown, stretch};
use crate::latency::spec::{ClusterSpec, DEFAULT_UNIT, Times};

pub use error::ClusterError;

/// The compute time of a job that never comes back: five centuries, the end of virtual time.
pub(crate) const NEVER: Duration = Duration::from_nanos(u64::MAX);

/// The latency model of all workers: how long each job's download, computation and upload take.
/// They follow one another and occupy the worker.
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
    /// What it is made of, with the times that were given. Slow-downs: one of each kind at most.
    pub(in crate::latency) spec: ClusterSpec,
    /// The time that each worker computes a gradient, in units.
    times: Vec<f64>,
    /// Those of a download and of an upload, where they differ.
    link_times: Option<[Vec<f64>; 2]>,
    /// What the slow-downs do.
    effects: Vec<Effect>,
    /// The times of each worker's jobs, one after the other and then again, instead of drawn ones.
    recorded: Option<Arc<[Vec<Latency>]>>,
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
    /// Workers with these times: `s_i` is what worker `i` needs for a gradient, in units. Compute
    /// times are fixed, downloads and uploads take no time, until set otherwise. A worker whose
    /// time is infinite never answers: whatever it is given never comes back.
    ///
    /// # Errors
    /// If there is no worker, or none that answers, or a time or the unit is not a sensible
    /// positive number: at least a nanosecond a gradient.
    pub fn new(times: Vec<f64>, unit: Duration) -> Result<Self, ClusterError> {
        if times.is_empty() {
            return Err(ClusterError::NoWorkers);
        }
        if unit.is_zero() || unit > Duration::from_secs(3600) {
            return Err(ClusterError::BadUnit(unit));
        }
        let answers = |time: &&f64| **time != f64::INFINITY;
        check_times(
            times.iter().enumerate().filter(|(_, time)| answers(time)),
            unit,
        )?;
        if !times.iter().any(|time| answers(&time)) {
            return Err(ClusterError::NobodyAnswers);
        }
        let spec = ClusterSpec {
            times: Some(Times::Given(times.clone())),
            unit: Some(unit),
            compute: ComputeTimes::Drawn(Law::fixed()),
            ..ClusterSpec::default()
        };
        Ok(Self {
            spec,
            times,
            effects: Vec::new(),
            link_times: None,
            recorded: None,
        })
    }

    /// Workers whose jobs take the times that were recorded: the first of a worker's list for its
    /// first job, and so on, and from the first again when the list has come to its end.
    ///
    /// # Errors
    /// If there is no worker, or one of them without a time, or with none above zero.
    pub fn recorded(times: Vec<Vec<Latency>>) -> Result<Self, ClusterError> {
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
        let time = |times: &Vec<Latency>| {
            let computed = times.iter().map(|time| time.compute.unwrap_or_default());
            let total = computed.fold(Duration::ZERO, Duration::saturating_add);
            let mean = total.as_secs_f64() / times.len() as f64;
            (mean / DEFAULT_UNIT.as_secs_f64()).clamp(1e-6, 1e9)
        };
        let mut cluster = Self::new(times.iter().map(time).collect(), DEFAULT_UNIT)?;
        cluster.spec = ClusterSpec {
            compute: ComputeTimes::Recorded,
            ..ClusterSpec::default()
        };
        cluster.recorded = Some(times.into());
        Ok(cluster)
    }

    /// The law of compute times. [`Law::none`]: no time is emulated, workers take what they really
    /// take. Times that were recorded stay as they are.
    #[must_use]
    pub fn compute(mut self, law: Law) -> Self {
        if self.recorded.is_none() {
            self.spec.compute = ComputeTimes::Drawn(law);
        }
        self
    }

    /// The law of the time that a model takes to its worker.
    #[must_use]
    pub fn download(mut self, law: Law) -> Self {
        self.spec.download = law;
        self
    }

    /// The law of the time that a gradient takes to the server.
    #[must_use]
    pub fn upload(mut self, law: Law) -> Self {
        self.spec.upload = law;
        self
    }

    /// Something that slows workers down as time passes, on top of what is there already. It takes
    /// the place of one of the same kind.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use workers::{Cluster, ClusterSpec, Slowdown};
    ///
    /// let second = Duration::from_secs(1);
    /// let cluster = Cluster::new(vec![1.0, 2.0], Duration::from_millis(5))?
    ///     .slowdown(Slowdown::outages(5 * second, second))
    ///     .slowdown(Slowdown::periodic(0.5, 2 * second));
    /// assert!(ClusterSpec::from(&cluster).to_string().ends_with("slowed down by outages:5s,1s and periodic:0.5,2s"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn slowdown(mut self, slowdown: Slowdown) -> Self {
        let slowdowns = &mut self.spec.slowdowns.0;
        slowdowns.retain(|other| other.name() != slowdown.name());
        slowdowns.push(slowdown);
        self.effects = slowdowns.iter().map(Slowdown::effect).collect();
        self
    }

    /// Times of downloads and of uploads that differ from those of computing.
    ///
    /// # Errors
    /// If there is not one positive number for each worker.
    pub fn link_times(
        mut self,
        download: Vec<f64>,
        upload: Vec<f64>,
    ) -> Result<Self, ClusterError> {
        for times in [&download, &upload] {
            if times.len() != self.n_workers() {
                let (given, n_workers) = (times.len(), self.n_workers());
                return Err(ClusterError::WrongNumberOfTimes { given, n_workers });
            }
            check_times(times.iter().enumerate(), self.unit())?;
        }
        self.spec.download_times = Some(Times::Given(download.clone()));
        self.spec.upload_times = Some(Times::Given(upload.clone()));
        self.link_times = Some([download, upload]);
        Ok(self)
    }

    /// How many workers there are.
    #[inline]
    pub fn n_workers(&self) -> usize {
        self.times.len()
    }

    /// The time that each worker computes a gradient, in units.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The length of one unit of time.
    #[inline]
    pub fn unit(&self) -> Duration {
        self.spec.unit.unwrap_or(DEFAULT_UNIT)
    }

    /// Whether every job takes some emulated time. Without it, virtual time stands still.
    pub fn emulates_time(&self) -> bool {
        self.emulates_compute() || !self.spec.download.is_none() || !self.spec.upload.is_none()
    }

    /// The first worker that never answers, if there is one.
    pub fn never_answers(&self) -> Option<WorkerId> {
        let position = self.times.iter().position(|time| time.is_infinite());
        position.map(WorkerId::new)
    }

    /// What slows workers down as time passes.
    pub fn slowdowns(&self) -> &[Slowdown] {
        &self.spec.slowdowns.0
    }

    /// Whether computations take an emulated time, drawn or recorded.
    #[inline]
    pub fn emulates_compute(&self) -> bool {
        self.spec.compute != ComputeTimes::Drawn(Law::none())
    }

    /// How many units a job of each worker takes, where that is fixed.
    pub fn fixed_times(&self) -> Option<Vec<f64>> {
        let fixed = Law::fixed();
        let is_sure = |law: &Law| law.is_none() || *law == fixed;
        let links = [&self.spec.download, &self.spec.upload];
        let is_fixed = self.spec.compute == ComputeTimes::Drawn(fixed.clone());
        if !is_fixed || !links.into_iter().all(is_sure) || !self.slowdowns().is_empty() {
            return None;
        }
        let mut total = self.times.clone();
        for (law, times) in links.into_iter().zip(self.links()) {
            if *law == fixed {
                total.iter_mut().zip(times).for_each(|(t, s)| *t += s);
            }
        }
        Some(total)
    }

    /// The times of one job, its worker's `nth` from 0, that is taken up at `start`. Always the
    /// same for the same seed, worker, job and start.
    #[inline]
    pub(crate) fn latency(
        &self,
        seed: Seed,
        worker: WorkerId,
        job: JobId,
        nth: u64,
        start: Duration,
    ) -> Latency {
        let at_full_speed = self.at_full_speed(seed, worker, job, nth);
        if self.effects.is_empty() || at_full_speed.compute == Some(NEVER) {
            return at_full_speed;
        }
        let slow = |part, start, time| stretch(&self.effects, seed, worker, part, start, time);
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
    #[inline]
    fn at_full_speed(&self, seed: Seed, worker: WorkerId, job: JobId, nth: u64) -> Latency {
        if self.times[worker.index()].is_infinite() {
            return Latency {
                download: Duration::ZERO,
                compute: Some(NEVER),
                upload: Duration::ZERO,
            };
        }
        let unit = self.unit().as_nanos();
        // The same number, without a call for 128 bits.
        let unit = u64::try_from(unit).map_or(unit as f64, |unit| unit as f64);
        let draw = |law: &Law, times: &[f64], purpose| {
            let units = law.draw(times[worker.index()], &|| seed.stream(purpose, worker, job));
            // A drawn time has no end in theory; a century does for practice.
            let nanoseconds = (units * unit).min(3.2e18);
            #[expect(clippy::cast_possible_truncation, reason = "positive and capped")]
            let whole = nanoseconds as i64;
            // As `round`, which is a call where a machine has no instruction for it.
            Duration::from_nanos((whole + i64::from(nanoseconds - whole as f64 >= 0.5)) as u64)
        };
        let [download_times, upload_times] = self.links();
        let download = draw(&self.spec.download, download_times, Purpose::Download);
        let upload = draw(&self.spec.upload, upload_times, Purpose::Upload);
        if let Some(recorded) = &self.recorded {
            let times = &recorded[worker.index()];
            let position = usize::try_from(nth % times.len() as u64).expect("a place in a list");
            let recorded = times[position];
            return Latency {
                download: recorded.download + download,
                compute: recorded.compute,
                upload: recorded.upload + upload,
            };
        }
        let compute = match &self.spec.compute {
            ComputeTimes::Drawn(law) if !law.is_none() => {
                Some(draw(law, &self.times, Purpose::Compute))
            }
            _ => None,
        };
        Latency {
            download,
            compute,
            upload,
        }
    }

    /// The times of a download and of an upload, in units.
    #[inline]
    fn links(&self) -> [&[f64]; 2] {
        match &self.link_times {
            Some([download, upload]) => [download, upload],
            None => [&self.times; 2],
        }
    }
}

/// Times are whole nanoseconds: with shorter ones virtual time would stand still.
fn check_times<'a>(
    mut times: impl Iterator<Item = (usize, &'a f64)>,
    unit: Duration,
) -> Result<(), ClusterError> {
    let fits = |time: f64| time <= 1e9 && time * unit.as_nanos() as f64 >= 1.0;
    match times.find(|&(_, &time)| !fits(time)) {
        None => Ok(()),
        Some((worker, &time)) => Err(ClusterError::BadTime { worker, time, unit }),
    }
}
