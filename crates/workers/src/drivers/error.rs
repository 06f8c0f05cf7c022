//! What can go wrong with threads.

/// A run on threads that could not be carried through.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
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
    /// An observer or a watcher of a run without a server panicked.
    #[error("an observer panicked: {message}")]
    ObserverPanicked {
        /// What the panic said.
        message: String,
    },
}
