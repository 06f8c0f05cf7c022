//! What may be wrong with a measurement.

use std::fmt;

use ps_core::{Setting, WorkerId, write_spelled};
use trace::WaitedFor;

/// Something that makes a measurement mean less than it seems to. Its text says what to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A worker had not answered for very long when the run ended.
    WaitedFor(WaitedFor),
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
    },
    /// Rows that no worker has, more than one in a hundred.
    UnusedRows {
        /// How many.
        unused: usize,
        /// Of how many that were shared out.
        rows: usize,
    },
    /// The last column was taken for the labels, and the header names another one for them.
    OtherLabel {
        /// The name of the last column.
        taken: String,
        /// The name of the other one.
        other: String,
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
                write_spelled!(f, "{waited}; a {} ends such a wait", Setting("job-limit"))
            }
            Self::NoUpdate { gradients } => write!(
                f,
                "no update was made, although {gradients} gradients came: the method still waits for what makes one"
            ),
            Self::LossGrew { first, last } => write_spelled!(
                f,
                "the loss is {last} and began at {first}: the model diverges; a smaller {} may help, or features of a smaller scale",
                Setting("step-size")
            ),
            Self::UnusedRows { unused, rows } => write_spelled!(
                f,
                "{unused} of {rows} rows are with no worker, because each has as many as the others; choose another {}, such as contiguous:all, or a number of workers that divides the rows",
                Setting("partition")
            ),
            Self::OtherLabel { taken, other } => other_label(taken, other, f),
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
                "{computing:.1} workers were computing at the same time on {cores} cores: the operating system's \
                 time slices decide who arrives; use {} thread, fewer workers, or a longer {}",
                Setting("server"),
                Setting("unit")
            ),
            Self::FewCores {
                workers,
                cores,
                computing,
            } => write!(
                f,
                "{workers} workers ran on {cores} cores and mostly slept ({computing:.2} computing on average): the \
                 times are those of {workers} machines of these times, not of these cores"
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
            Self::LeftBehind { worker } => write!(
                f,
                "worker {worker} was still computing long after the end and was left behind"
            ),
        }
    }
}

fn other_label(taken: &str, other: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_spelled!(
        f,
        "the labels are those of the last column, `{1}`, and the header has `{2}`, too; give {0}",
        Setting("label"); taken, other
    )
}
