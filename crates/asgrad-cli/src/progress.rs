//! Progress on a terminal; nothing in a pipe or with `--quiet`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

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

    /// Something that may be wrong with a result.
    pub(crate) fn warn(&self, warning: impl std::fmt::Display) {
        if !self.quiet {
            eprintln!("warning: {warning}");
        }
    }
}
