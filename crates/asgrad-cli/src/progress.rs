//! Progress on a terminal, or as a log; otherwise nothing in a pipe, and nothing with `--quiet`.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use asgrad::{Live, Scalar};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::args::OutputOptions;
use crate::live::{self, Repeated, Screen, View};
use crate::spelling::spelled;

/// What is being done, on standard error.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    quiet: bool,
    /// All that is shown, one line below the other.
    lines: MultiProgress,
    /// Time between two lines of a log, which takes the place of what is shown on a terminal.
    log_every: Option<Duration>,
}

/// How many parts of something are done, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    _log: Repeated,
}

impl Bar {
    /// Moves it on when what is returned is dropped.
    pub(crate) fn tick(&self) -> Tick {
        Tick(self.bar.clone())
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

/// A part that is being done.
#[derive(Debug)]
pub(crate) struct Tick(Option<ProgressBar>);

impl Drop for Tick {
    fn drop(&mut self) {
        self.0.iter().for_each(|bar| bar.inc(1));
    }
}

impl Progress {
    /// Shows progress unless `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        let lines = MultiProgress::new();
        // Results that go into a pipe go to a program, which may show progress of its own.
        if !io::stdout().is_terminal() {
            lines.set_draw_target(ProgressDrawTarget::hidden());
        }
        let log_every = None;
        Self {
            quiet,
            lines,
            log_every,
        }
    }

    /// Shows progress as it is asked for.
    pub(crate) fn of(output: &OutputOptions) -> Self {
        let log_every = output.log_every;
        Self {
            log_every,
            ..Self::new(output.quiet)
        }
    }

    /// Where it is shown, if anywhere.
    fn screen(&self) -> Option<Screen> {
        match self.log_every {
            _ if self.quiet => None,
            Some(every) => Some(Screen::Log(every, say)),
            None if self.lines.is_hidden() => None,
            None => Some(Screen::Terminal(self.lines.clone())),
        }
    }

    /// A bar for this many parts, with an estimate of the time left once there is one to go by.
    pub(crate) fn bar(&self, parts: u64, what: &str) -> Bar {
        let bar = ProgressBar::with_draw_target(Some(parts), ProgressDrawTarget::hidden());
        let log = match self.screen() {
            None => return Bar::default(),
            Some(Screen::Terminal(lines)) => {
                let template = "{msg} {wide_bar} {pos}/{len} [{elapsed}{left}]";
                let style = ProgressStyle::with_template(template);
                let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
                lines.add(bar.clone());
                bar.set_style(style.with_key("left", left));
                bar.set_message(what.to_owned());
                bar.enable_steady_tick(Duration::from_millis(200));
                Repeated::default()
            }
            Some(Screen::Log(every, say)) => {
                let (bar, what) = (bar.clone(), what.to_owned());
                Repeated::begin("log", every, move |_| {
                    let (done, passed) = (bar.position(), bar.elapsed().as_secs_f64());
                    say(format_args!(
                        "{what}: {done} of {parts}, after {passed:.1} s"
                    ));
                })
            }
        };
        Bar {
            bar: Some(bar),
            _log: log,
        }
    }

    /// Shows what a run is at and says who does not answer, until both are dropped.
    pub(crate) fn run<T: Scalar>(
        &self,
        live: impl Fn() -> Live<T>,
        what: &str,
    ) -> (Repeated, View) {
        if self.quiet {
            return Default::default();
        }
        let (lines, name) = (self.lines.clone(), what.to_owned());
        let alarm = live::alarm(live(), move |waited| {
            lines.suspend(|| say(format_args!("warning: {name}: {waited}")));
        });
        let view = |screen| View::begin(&screen, live(), what);
        (alarm, self.screen().map(view).unwrap_or_default())
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
