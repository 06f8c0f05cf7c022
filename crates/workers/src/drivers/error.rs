//! What can go wrong in a driver.

/// A run that could not be carried through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// The process would run out of memory maps, and be aborted.
    #[error(
        "{workers} threads: this system's memory maps are enough for {most} more; use fewer workers, or virtual time"
    )]
    TooManyThreads {
        /// How many workers there are.
        workers: usize,
        /// For how many there is room.
        most: usize,
    },
    /// The operating system gave no thread.
    #[error(
        "thread `{name}` could not be started after {started} others: {source}; use fewer workers or raise the limit on threads"
    )]
    Spawn {
        /// The thread's name.
        name: String,
        /// How many had been started.
        started: usize,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The server's side (a method, a step size, an observer) panicked.
    #[error("the server panicked: {message}")]
    ServerPanicked {
        /// What the panic said.
        message: String,
    },
    /// An observer of a run without a server panicked.
    #[error("an observer panicked: {message}")]
    ObserverPanicked {
        /// What the panic said.
        message: String,
    },
    /// The algorithm has no server, and the driver needs one.
    #[error("this driver is a loop around a server, and the algorithm has none")]
    NoServer,
    /// There is no oracle, and the driver needs one.
    #[error("a run of the schedule alone needs virtual time: there is no gradient to compute")]
    NoOracle,
}
