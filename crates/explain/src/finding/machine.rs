//! Findings about the machine: too few cores, overruns, a busy server, slow threads.

use std::time::Duration;

use ps_core::form::count;
use serde::Serialize;

use super::words::{percent, time, two_digits};
use crate::account::{Account, time_at};
use crate::activity::Activity;
use crate::phrases;
use crate::run_facts::RunFacts;
use trace::json;

/// Share of the gradients from which overruns are told of: rarer ones change shares and rates by
/// less than other noise does.
const MANY_OVERRUNS: f64 = 0.01;

/// Share of the time from which a server counts as busy: at 20 % one gradient in five has to wait
/// for it.
const BUSY_SERVER: f64 = 0.2;

/// Share of the workers' time from which waking up is told of: beyond, their times are no longer
/// the ones that were asked for.
const MUCH_WAKING: f64 = 0.2;

/// More workers computed at the same time than there are cores.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Oversubscribed {
    /// Number of workers that were computing at the same time, on average.
    pub computing: f64,
    /// Number of cores of the machine.
    pub cores: usize,
}

impl Oversubscribed {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let cores = of.cores.filter(|cores| cores.share > 1.0)?;
        Some(Self {
            computing: cores.computing,
            cores: cores.cores,
        })
    }

    pub(super) fn text(&self) -> String {
        let (computing, cores) = (two_digits(self.computing), count(self.cores, "core"));
        format!(
            "{computing} workers were computing at the same time on {cores}: the operating system's time slices \
             decide who arrives, in bursts; use --server thread, fewer workers, or a longer --unit"
        )
    }
}

/// Computations took longer than the time they were to emulate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overran {
    /// Number of gradients that took longer.
    pub overruns: u64,
    /// Their share of all gradients.
    pub share: f64,
}

impl Overran {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let share = of.overrun_share.filter(|&share| share > MANY_OVERRUNS)?;
        let overruns = of.overruns;
        Some(Self { overruns, share })
    }

    pub(super) fn text(&self) -> String {
        let Self { overruns, share } = self;
        let (overruns, share) = (count(overruns, "gradient"), percent(*share));
        format!(
            "{overruns} ({share}) took longer to compute than the time they were to emulate, so the speeds \
             are not the ones asked for; raise --unit, or use fewer workers"
        )
    }
}

/// The server was busy for much of the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ServerBusy {
    /// Share of the time in which it was busy.
    pub share: f64,
}

impl ServerBusy {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        // Without a server it is adding that takes the time, and nobody waits for it.
        if of.duration.is_zero() || of.header.is_hogwild() {
            return None;
        }
        let share = of.serving.div_duration_f64(of.duration);
        (share > BUSY_SERVER).then_some(Self { share })
    }

    pub(super) fn text(&self) -> String {
        let share = percent(self.share);
        format!(
            "the server was busy for {share} of the time, and whoever arrives then waits: more workers will help \
             little; make gradients take longer (a larger --batch-size), or update less often (wait for several)"
        )
    }
}

/// Hogwild! reads and writes all parameters with each gradient, though its rows touch few.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DenseAccess {
    /// The share of the parameters that a gradient's rows touch.
    pub touched: f64,
}

impl DenseAccess {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let touched = of.header.number("touched_share");
        touched.map(|touched| Self { touched })
    }

    pub(super) fn text(&self) -> String {
        format!(
            "{}; with --regularizer none it touches these alone",
            phrases::dense_access(self.touched)
        )
    }
}

/// Workers that had a job were not at it yet for much of the time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Waking {
    /// Share of all workers' time in which they had a job and were not at it yet.
    pub share: f64,
    /// How long it took a job to be taken up, on average.
    #[serde(serialize_with = "json::seconds")]
    pub hand_over: Duration,
    /// How long the oracle then took, on average.
    #[serde(serialize_with = "json::seconds")]
    pub computing: Duration,
}

impl Waking {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let at = |activity| time_at(activity, &of.workers);
        let all: Duration = of.workers.iter().map(|it| it.times.total()).sum();
        let jobs: u64 = of.workers.iter().map(Account::came_back).sum();
        if all.is_zero() || jobs == 0 {
            return None;
        }
        let share = at(Activity::HandOver).div_duration_f64(all);
        let mean = |activity| at(activity).div_f64(jobs as f64);
        (share > MUCH_WAKING).then(|| Self {
            share,
            hand_over: mean(Activity::HandOver),
            computing: mean(Activity::Computing),
        })
    }

    pub(super) fn text(&self) -> String {
        let (share, hand_over) = (percent(self.share), time(self.hand_over));
        let computing = time(self.computing);
        format!(
            "workers had a job and were not at it yet for {share} of their time: waking a thread took {hand_over} on average, \
             and its gradient {computing}; make gradients take longer (a larger --batch-size, a longer --unit), or use \
             fewer workers"
        )
    }
}
