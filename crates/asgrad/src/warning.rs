//! What may be wrong with a measurement.

use std::fmt;

use ps_core::{Setting, WorkerId, write_spelled};

/// Something that makes a measurement mean less than it seems to. Its text says what to do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
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
            Self::LeftBehind { worker } => {
                write!(
                    f,
                    "worker {worker} was still computing long after the end and was left behind"
                )
            }
        }
    }
}
