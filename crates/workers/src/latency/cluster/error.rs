//! What may be wrong with a latency model.

use std::time::Duration;

use ps_core::form::count;

/// A latency model that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// Nobody to work.
    #[error(fmt = no_workers)]
    NoWorkers,
    /// A time that is out of bounds.
    #[error(
        "worker {worker} has time {time:?}: it is that of one gradient, in units of {unit:?}, at most 1e9 of them and at least a nanosecond, or inf for a worker that never answers"
    )]
    BadTime {
        /// Which worker.
        worker: usize,
        /// Its time.
        time: f64,
        /// The length of one unit.
        unit: Duration,
    },
    /// Times for another number of workers.
    #[error(
        "{} for {}; give one for each",
        count(given, "time"),
        count(n_workers, "worker")
    )]
    WrongNumberOfTimes {
        /// How many were given.
        given: usize,
        /// How many workers there are.
        n_workers: usize,
    },
    /// Nothing is known of how long a worker takes.
    #[error(
        "worker {worker} finished no job in the recording, so how long it takes is not known; record a longer run, if it answers at all"
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
    /// Nobody ever answers.
    #[error("every worker has time inf, so none ever answers: at least one needs a finite time")]
    NobodyAnswers,
    /// A unit of no length, or of more than an hour.
    #[error(fmt = bad_unit)]
    BadUnit(Duration),
}

ps_core::messages! {
    no_workers(): "{} 0: at least one is needed", ["workers"];
    bad_unit(unit: &Duration):
        "{} {}: above zero, and at most an hour",
        ["unit"], humantime::format_duration(*unit);
}
