//! What may be wrong with a measurement.

use std::fmt;

use explain::phrases;
use explain::tables::number::figure;
use problems::Doubt;
use ps_core::WorkerId;
use ps_core::form::count;
use serde::{Deserialize, Serialize};
use trace::WaitedFor;
use trace::statistics::LostWorker;

use crate::guarded::DroppedObserver;

/// Something that makes a measurement mean less than it seems to. Its text says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// A worker had not answered for very long when the run ended.
    #[error(fmt = waited_for)]
    WaitedFor(WaitedFor),
    /// Workers were lost, and the run went on without them.
    #[error("{}; the run went on without", phrases::named(.0).unwrap_or_default())]
    LostWorkers(Vec<LostWorker>),
    /// Gradients were rejected because a component was NaN or infinite.
    #[error(
        "gradients that were NaN or infinite were rejected: {rejected}, {of_worker} of them by worker {worker}"
    )]
    Rejected {
        /// How many.
        rejected: u64,
        /// Whose they were most often.
        worker: WorkerId,
        /// How many of them.
        of_worker: u64,
    },
    /// Gradients came, and no step was made.
    #[error(fmt = no_update)]
    NoUpdate {
        /// How many came.
        gradients: u64,
    },
    /// The loss is no number any more, or far above where it began.
    #[error(fmt = loss_grew)]
    LossGrew {
        /// The first one that was evaluated.
        first: f64,
        /// The last one.
        last: f64,
        /// The largest magnitude of a feature; 0: not known.
        largest_feature: f64,
    },
    /// Rows that no worker has, more than one in a hundred.
    #[error(fmt = unused_rows)]
    UnusedRows {
        /// How many.
        unused: usize,
        /// Of how many that were shared out.
        rows: usize,
    },
    /// Something may not be meant in the file of data.
    #[error(transparent)]
    Data(Doubt),
    /// Hogwild! reads and writes all parameters with each gradient, though its rows touch few.
    #[error(fmt = dense_access)]
    DenseAccess {
        /// Which share.
        touched: f64,
    },
    /// Workers took longer to compute than the time they were to emulate.
    #[error(fmt = overran)]
    Overran {
        /// How many gradients did.
        overruns: u64,
        /// Of how many.
        gradients: u64,
    },
    /// More workers were computing than there are cores.
    #[error(fmt = oversubscribed)]
    Oversubscribed {
        /// How many were computing at the same time, on average.
        computing: f64,
        /// How many cores there are.
        cores: usize,
    },
    /// Sleeping workers leave their cores to others, as real ones would not.
    #[error(
        "{workers} workers ran on {} and mostly slept ({computing:.2} computing on average): the \
         times are those of {workers} machines of these times, not of these cores",
        count(*.cores as u64, "core")
    )]
    FewCores {
        /// How many workers there are.
        workers: usize,
        /// How many cores there are.
        cores: usize,
        /// How many were computing at the same time, on average.
        computing: f64,
    },
    /// Injected waits so short that the operating system's timer distorts them.
    #[error(fmt = short_sleeps)]
    ShortSleeps {
        /// The shortest emulated compute time, in seconds.
        seconds: f64,
    },
    /// Fewer versions were evaluated than asked for.
    #[error(fmt = thinned)]
    Thinned {
        /// What was asked for: every so many updates.
        asked: u64,
        /// What was done.
        done: u64,
    },
    /// Versions are further apart than they usually are, to bound memory.
    #[error(
        "versions are evaluated that are {percent} % apart instead of 1 %, to bound memory: times to a target are as coarse"
    )]
    Coarse {
        /// By how many per cent.
        percent: u64,
    },
    /// The run went on for a while after it had reached its target.
    #[error(
        "the target was reached after {reached:.3} s, which was noticed after {stopped:.3} s: versions are \
         evaluated now and then, so that workers keep their cores"
    )]
    LateStop {
        /// When it had, in seconds.
        reached: f64,
        /// When it stopped.
        stopped: f64,
    },
    /// The versions of a run that was over took too long to evaluate, or somebody asked for the end.
    #[error(fmt = evaluations_cut)]
    EvaluationsCut {
        /// How many were evaluated.
        done: usize,
        /// Of how many.
        of: usize,
        /// How long that took.
        seconds: f64,
    },
    /// An observer panicked; the run went on without it.
    #[error(
        "observer {} panicked at {:.3} s ({}), and was told no more: it missed {}",
        .0.name, .0.time.as_secs_f64(), .0.message, count(.0.missed, "event")
    )]
    ObserverDropped(DroppedObserver),
    /// A worker's thread did not come back in time.
    #[error("worker {worker} was still computing long after the end and was left behind")]
    LeftBehind {
        /// Whose.
        worker: WorkerId,
    },
}

fn no_update(gradients: &u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if *gradients == 0 {
        return no_gradient(f);
    }
    let came = count(*gradients, "gradient");
    write!(
        f,
        "no update was made, although {came} came: the method still waits for what makes one"
    )
}

ps_core::messages! {
    waited_for(waited: &WaitedFor): "{waited}; with a server a {} ends such a wait", ["job-limit"];
    no_gradient(): "no gradient came in the time that there was; give longer {}", ["seconds"];
    loss_grew(first: &f64, last: &f64, largest_feature: &f64):
        "the loss is {1} and began at {2}: the model diverges; a smaller {0} may help{3}",
        ["step-size"], figure(*last, 3), figure(*first, 3), phrases::large_features(*largest_feature);
    unused_rows(unused: &usize, rows: &usize):
        "{unused} of {rows} rows are with no worker, because each has as many as the others; choose another {}, such as contiguous:all, or a number of workers that divides the rows",
        ["partition"];
    dense_access(touched: &f64): "{1}; give {0} none", ["regularizer"], phrases::dense_access(*touched);
    overran(overruns: &u64, gradients: &u64):
        "{overruns} of {gradients} gradients took longer to compute than the time they were to emulate, so the \
         times are not the ones asked for; raise {}, or use fewer workers",
        ["unit"];
    oversubscribed(computing: &f64, cores: &usize):
        "{computing:.1} workers were computing at the same time on {2}: the operating system's \
         time slices decide who arrives; use {0} thread, fewer workers, or a longer {1}",
        ["server", "unit"], count(*cores as u64, "core");
    short_sleeps(seconds: &f64):
        "the fastest worker emulates {1:.3} ms a gradient, less than the operating system's timer can keep; raise {0}",
        ["unit"], seconds * 1e3;
    thinned(asked: &u64, done: &u64):
        "every {done} updates were evaluated instead of every {asked}, to bound memory; raise {}",
        ["evaluate-every"];
    evaluations_cut(done: &usize, of: &usize, seconds: &f64):
        "{done} of {of} versions were evaluated after the run, in {seconds:.1} s, and that was cut short; raise {}",
        ["evaluate-every"];
}
