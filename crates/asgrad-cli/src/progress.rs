//! Progress on a terminal; nothing in a pipe or with `--quiet`.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use asgrad::{Scalar, Session};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::live::{Alarm, View};
use crate::spelling::spelled;

/// What is being done, on standard error.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    quiet: bool,
    /// All that is shown, one line below the other.
    lines: MultiProgress,
}

impl Progress {
    /// Shows progress unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let lines = MultiProgress::new();
        // Results that go into a pipe go to a program, which may show progress of its own.
        if !io::stdout().is_terminal() {
            lines.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { quiet, lines }
    }

    fn is_hidden(&self) -> bool {
        self.quiet || self.lines.is_hidden()
    }

    /// A bar for this many parts, with an estimate of the time left once there is one to go by.
    pub(crate) fn bar(&self, parts: u64, what: &str) -> ProgressBar {
        if self.is_hidden() {
            return ProgressBar::hidden();
        }
        let template = "{msg} {wide_bar} {pos}/{len} [{elapsed}{left}]";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.lines.add(ProgressBar::new(parts));
        bar.set_style(style.with_key("left", left));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// Shows what a run is at and says who does not answer, until both are dropped.
    pub(crate) fn run<T: Scalar>(&self, session: &Session<T>, what: &str) -> (Alarm, View) {
        if self.quiet {
            return Default::default();
        }
        let (lines, name) = (self.lines.clone(), what.to_owned());
        let alarm = Alarm::begin(session.live(), move |waited| {
            lines.suspend(|| say(format_args!("warning: {name}: {waited}")));
        });
        if self.lines.is_hidden() {
            return (alarm, View::default());
        }
        (alarm, View::begin(&self.lines, session.live(), what))
    }

    /// Something that is not a result.
    pub(crate) fn note(&self, note: impl std::fmt::Display) {
        if !self.quiet {
            self.lines.suspend(|| say(format_args!("{note}")));
        }
    }

    /// Something that may be wrong with a result.
    pub(crate) fn warn(&self, warning: impl std::fmt::Display) {
        if !self.quiet {
            let warning = spelled(format!("{warning:#}"));
            self.lines
                .suspend(|| say(format_args!("warning: {warning}")));
        }
    }
}

/// How long it will still take, if the parts to come take as long as those that are done. (The
/// terminal's own estimate is for many small parts.)
fn left(state: &ProgressState, out: &mut dyn Write) {
    let (done, all) = (state.pos(), state.len().unwrap_or_default());
    if done > 0 && done < all {
        let left = state.elapsed().mul_f64((all - done) as f64 / done as f64);
        let left = Duration::from_secs(left.as_secs() + 1);
        // Nothing can be done about a terminal that is gone.
        let _ = write!(out, ", {} left", humantime::format_duration(left));
    }
}

/// Says something on standard error. If nobody is there to hear it, nothing is lost.
pub(crate) fn say(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{what}");
}
