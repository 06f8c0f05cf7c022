//! Progress on a terminal; nothing in a pipe or with `--quiet`.

use std::fmt::{self, Write};
use std::io::{self, Write as _};
use std::time::Duration;

use asgrad::{Scalar, Session};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// What is being done, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    quiet: bool,
}

impl Progress {
    /// Shows progress unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A bar for this many parts.
    pub(crate) fn bar(&self, parts: u64, what: &str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let template = "{msg} {wide_bar} {pos}/{len} [{elapsed}]";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(parts)
            .with_style(style)
            .with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// A line that says how far a run has come, without a sign on the run's own path.
    pub(crate) fn run<T: Scalar>(&self, session: &Session<T>, what: &str) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let store = session.store();
        let updates = move |_: &ProgressState, out: &mut dyn Write| {
            // Nothing can be done about a terminal that is gone.
            let _ = write!(out, "{}", store.version());
        };
        let style = ProgressStyle::with_template("{spinner} {msg}: {updates} updates [{elapsed}]");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        bar.set_style(style.with_key("updates", updates));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Something that may be wrong with a result.
    pub(crate) fn warn(&self, warning: impl std::fmt::Display) {
        if !self.quiet {
            say(format_args!("warning: {warning}"));
        }
    }
}

/// Says something on standard error. If nobody is there to hear it, nothing is lost.
pub(crate) fn say(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{what}");
}
