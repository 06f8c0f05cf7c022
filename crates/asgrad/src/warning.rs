//! What may be wrong with a measurement.

use std::fmt;

use explain::phrases;
use explain::tables::number::figure;
use problems::Doubt;
use ps_core::form::count;
use ps_core::{Setting, WorkerId, write_spelled};
use trace::WaitedFor;
use trace::statistics::LostWorker;

use crate::guarded::DroppedObserver;

/// Something that makes a measurement mean less than it seems to. Its text says what to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A worker had not answered for very long when the run ended.
    WaitedFor(WaitedFor),
    /// Workers were lost, and the run went on without them.
    LostWorkers(Vec<LostWorker>),
    /// Gradients were rejected because a component was NaN or infinite.
    Rejected {
        /// How many.
        rejected: u64,
        /// Whose they were most often.
        worker: WorkerId,
        /// How many of them.
        of_worker: u64,
    },
    /// Gradients came, and no step was made.
    NoUpdate {
        /// How many came.
        gradients: u64,
    },
    /// The loss is no number any more, or far above where it began.
    LossGrew {
        /// The first one that was evaluated.
        first: f64,
        /// The last one.
        last: f64,
        /// The largest magnitude of a feature; 0: not known.
        largest_feature: f64,
    },
    /// Rows that no worker has, more than one in a hundred.
    UnusedRows {
        /// How many.
        unused: usize,
        /// Of how many that were shared out.
        rows: usize,
    },
    /// Something may not be meant in the file of data.
    Data(Doubt),
    /// Hogwild! reads and writes all parameters with each gradient, though its rows touch few.
    DenseAccess {
        /// Which share.
        touched: f64,
    },
    /// Workers took longer to compute than the time they were to emulate.
    Overran {
        /// How many gradients did.
        overruns: u64,
        /// Of how many.
        gradients: u64,
    },
    /// More workers were computing than there are cores.
    Oversubscribed {
        /// How many were computing at the same time, on average.
        computing: f64,
        /// How many cores there are.
        cores: usize,
    },
    /// Sleeping workers leave their cores to others, as real ones would not.
    FewCores {
        /// How many workers there are.
        workers: usize,
        /// How many cores there are.
        cores: usize,
        /// How many were computing at the same time, on average.
        computing: f64,
    },
    /// Injected waits so short that the operating system's timer distorts them.
    ShortSleeps {
        /// The shortest emulated compute time, in seconds.
        seconds: f64,
    },
    /// Fewer versions were evaluated than asked for.
    Thinned {
        /// What was asked for: every so many updates.
        asked: u64,
        /// What was done.
        done: u64,
    },
    /// Versions are further apart than they usually are, to bound memory.
    Coarse {
        /// By how many per cent.
        percent: u64,
    },
    /// The run went on for a while after it had reached its target.
    LateStop {
        /// When it had, in seconds.
        reached: f64,
        /// When it stopped.
        stopped: f64,
    },
    /// The versions of a run that was over took too long to evaluate, or somebody asked for the end.
    EvaluationsCut {
        /// How many were evaluated.
        done: usize,
        /// Of how many.
        of: usize,
        /// How long that took.
        seconds: f64,
    },
    /// An observer panicked; the run went on without it.
    ObserverDropped(DroppedObserver),
    /// A worker's thread did not come back in time.
    LeftBehind {
        /// Whose.
        worker: WorkerId,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WaitedFor(waited) => {
                write_spelled!(
                    f,
                    "{waited}; with a server a {} ends such a wait",
                    Setting("job-limit")
                )
            }
            Self::LostWorkers(lost) => {
                f.write_str(&phrases::named(lost).unwrap_or_default())?;
                f.write_str("; the run went on without")
            }
            Self::Rejected {
                rejected,
                worker,
                of_worker,
            } => write!(
                f,
                "gradients that were NaN or infinite were rejected: {rejected}, {of_worker} of them by worker {worker}"
            ),
            Self::NoUpdate { gradients: 0 } => write_spelled!(
                f,
                "no gradient came in the time that there was; give longer {}",
                Setting("seconds")
            ),
            Self::NoUpdate { gradients } => write!(
                f,
                "no update was made, although {} came: the method still waits for what makes one",
                count(*gradients, "gradient")
            ),
            Self::LossGrew {
                first,
                last,
                largest_feature,
            } => {
                let features = phrases::large_features(*largest_feature);
                write_spelled!(
                    f,
                    "the loss is {1} and began at {2}: the model diverges; a smaller {0} may help{3}",
                    Setting("step-size"); figure(*last, 3), figure(*first, 3), features
                )
            }
            Self::UnusedRows { unused, rows } => write_spelled!(
                f,
                "{unused} of {rows} rows are with no worker, because each has as many as the others; choose another {}, such as contiguous:all, or a number of workers that divides the rows",
                Setting("partition")
            ),
            Self::Data(doubt) => doubt.fmt(f),
            Self::ObserverDropped(dropped) => {
                let (name, message) = (dropped.name, &dropped.message);
                let (time, missed) = (dropped.time.as_secs_f64(), dropped.missed);
                write!(
                    f,
                    "observer {name} panicked at {time:.3} s ({message}), and was told no more: it missed {missed} events"
                )
            }
            _ => self.of_measurement(f),
        }
    }
}

impl Warning {
    /// Those about times and versions.
    fn of_measurement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DenseAccess { touched } => {
                f.write_str(&phrases::dense_access(*touched))?;
                write_spelled!(f, "; give {} none", Setting("regularizer"))
            }
            Self::Overran {
                overruns,
                gradients,
            } => write_spelled!(
                f,
                "{overruns} of {gradients} gradients took longer to compute than the time they were to emulate, so the \
                 times are not the ones asked for; raise {}, or use fewer workers",
                Setting("unit")
            ),
            Self::Oversubscribed { computing, cores } => write_spelled!(
                f,
                "{computing:.1} workers were computing at the same time on {2}: the operating system's \
                 time slices decide who arrives; use {} thread, fewer workers, or a longer {}",
                Setting("server"),
                Setting("unit"); count(*cores as u64, "core")
            ),
            Self::FewCores {
                workers,
                cores,
                computing,
            } => write!(
                f,
                "{workers} workers ran on {} and mostly slept ({computing:.2} computing on average): the \
                 times are those of {workers} machines of these times, not of these cores",
                count(*cores as u64, "core")
            ),
            Self::ShortSleeps { seconds } => write_spelled!(
                f,
                "the fastest worker emulates {1:.3} ms a gradient, less than the operating system's timer can keep; raise {0}",
                Setting("unit"); seconds * 1e3
            ),
            Self::Thinned { asked, done } => write_spelled!(
                f,
                "every {done} updates were evaluated instead of every {asked}, to bound memory; raise {}",
                Setting("evaluate-every")
            ),
            Self::Coarse { percent } => write!(
                f,
                "versions are evaluated that are {percent} % apart instead of 1 %, to bound memory: times to a target are as coarse"
            ),
            Self::LateStop { reached, stopped } => write!(
                f,
                "the target was reached after {reached:.3} s, which was noticed after {stopped:.3} s: versions are \
                 evaluated now and then, so that workers keep their cores"
            ),
            Self::EvaluationsCut { done, of, seconds } => write_spelled!(
                f,
                "{done} of {of} versions were evaluated after the run, in {seconds:.1} s, and that was cut short; raise {}",
                Setting("evaluate-every")
            ),
            Self::LeftBehind { worker } => write!(
                f,
                "worker {worker} was still computing long after the end and was left behind"
            ),
            said_above => write!(f, "{said_above:?}"),
        }
    }
}
