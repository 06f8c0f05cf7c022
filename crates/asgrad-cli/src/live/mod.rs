//! What a run is at while it runs, on a terminal or in a log: looked at by a thread of its own, a few
//! times a second or as often as there is to be a line.

mod frame;

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread;
use std::time::Duration;

use asgrad::trace::WaitedFor;
use asgrad::workers::Stopwatch;
use asgrad::{Evaluation, Live, Look, Scalar};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use self::frame::{Frame, LINES};

/// Time between two looks at the run: five a second are as smooth as a terminal needs.
const EVERY: Duration = Duration::from_millis(200);
/// Time that rates and activity are taken over; in a log at least the time between two lines.
const WINDOW: Duration = Duration::from_secs(2);
/// Number of blocks that show activity: of more workers, neighbours share a block.
const MAX_GROUPS: usize = 40;
/// How many times as long as an evaluation took none is made after it: evaluations then take a
/// hundredth of one core's time.
const REST: u32 = 99;

/// Says a line.
pub(crate) type Say = fn(fmt::Arguments<'_>);

/// Where what is seen of a run goes.
#[derive(Clone, Debug)]
pub(crate) enum Screen {
    /// A few lines of a terminal, drawn again after each look.
    Terminal(MultiProgress),
    /// A log, which gets a line each time that this time has passed.
    Log(Duration, Say),
}

/// Something that a thread of its own does again and again until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    /// Hangs up when it is over.
    _over: Option<Sender<()>>,
}

impl Repeated {
    /// Does it each time that this time has passed. It is told how to find out that it is over.
    pub(crate) fn begin(
        name: &str,
        every: Duration,
        mut act: impl FnMut(&Receiver<()>) + Send + 'static,
    ) -> Self {
        let (over, is_over) = mpsc::channel();
        let again = move || {
            while is_over.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                act(&is_over);
            }
        };
        // Without the thread there is nothing to see, and the run goes on.
        let started = thread::Builder::new().name(name.to_owned()).spawn(again);
        Self {
            _over: started.is_ok().then_some(over),
        }
    }
}

/// What shows a run. Its lines on a terminal are gone when this is.
#[derive(Debug, Default)]
pub(crate) struct View {
    lines: Vec<ProgressBar>,
    _looks: Repeated,
}

impl View {
    /// Shows a run that is about to begin. The first model is evaluated before that, so that it is
    /// known how long it takes.
    pub(crate) fn begin<T: Scalar>(screen: &Screen, mut live: Live<T>, what: &str) -> Self {
        let (lines, every, log): (Vec<_>, _, _) = match screen {
            Screen::Terminal(terminal) => {
                let lines = (0..LINES).map(|line| add_line(terminal, line));
                (lines.collect(), EVERY, None)
            }
            Screen::Log(every, say) => (Vec::new(), *every, Some(*say)),
        };
        if let Some(first) = lines.first() {
            first.set_message(what.to_owned());
        }
        let mut viewer = Viewer {
            what: what.to_owned(),
            lines: lines.clone(),
            log,
            window: (WINDOW.as_nanos() / every.as_nanos().max(1)).max(1),
            looks: VecDeque::from([live.look(MAX_GROUPS)]),
            waited_for: None,
            evaluation: None,
            began: Stopwatch::start(),
            rest_until: Duration::ZERO,
        };
        viewer.evaluate(&mut live);
        let looks = Repeated::begin("view", every, move |is_over| {
            if viewer.is_rested() {
                viewer.evaluate(&mut live);
                // It may have taken long.
                if is_over.try_recv() == Err(TryRecvError::Disconnected) {
                    return;
                }
            }
            viewer.look(&mut live);
            viewer.draw();
        });
        Self {
            lines,
            _looks: looks,
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // The thread is not waited for: an evaluation may be under way. A line that is cleared
        // draws nothing more.
        for line in &self.lines {
            line.finish_and_clear();
        }
    }
}

/// Says who has not answered for very long, once for each job, until it is dropped.
pub(crate) fn alarm<T: Scalar>(
    live: Live<T>,
    warn: impl Fn(&WaitedFor) + Send + 'static,
) -> Repeated {
    let mut said = Vec::new();
    Repeated::begin("alarm", EVERY, move |_| {
        for waited in live.waited_for() {
            let job = (waited.worker, waited.job);
            if !said.contains(&job) {
                warn(&waited);
                said.push(job);
            }
        }
    })
}

/// One line, cut at the edge of the terminal. The first one says how long the program has been at
/// it.
fn add_line(terminal: &MultiProgress, line: usize) -> ProgressBar {
    let template = match line {
        0 => "{spinner} {wide_msg} [{elapsed}]",
        _ => "  {wide_msg}",
    };
    let style = ProgressStyle::with_template(template);
    let bar = terminal.add(ProgressBar::new_spinner());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}

/// The one who looks.
struct Viewer {
    what: String,
    lines: Vec<ProgressBar>,
    log: Option<Say>,
    /// Number of looks back that rates and activity are taken over.
    window: u128,
    /// The last looks, the newest at the back.
    looks: VecDeque<Look>,
    evaluation: Option<Evaluation>,
    /// Who has not answered for longest.
    waited_for: Option<WaitedFor>,
    began: Stopwatch,
    /// When the next evaluation may be made.
    rest_until: Duration,
}

impl Viewer {
    fn look<T: Scalar>(&mut self, live: &mut Live<T>) {
        self.looks.push_back(live.look(MAX_GROUPS));
        self.waited_for = live.waited_for().first().copied();
        if self.looks.len() as u128 > self.window + 1 {
            self.looks.pop_front();
        }
    }

    fn is_rested(&self) -> bool {
        self.began.now() >= self.rest_until
    }

    fn evaluate<T: Scalar>(&mut self, live: &mut Live<T>) {
        let begun = self.began.now();
        self.evaluation = live.evaluate();
        let ended = self.began.now();
        self.rest_until = ended.saturating_add(rest(begun, ended));
    }

    fn draw(&self) {
        let frame = Frame::new(&self.looks, self.evaluation.as_ref(), self.waited_for);
        if let Some(say) = self.log {
            say(format_args!("{}", frame.line(&self.what)));
        }
        let texts = frame.lines(&self.what);
        for (line, text) in self.lines.iter().zip(texts) {
            line.set_message(text);
        }
        self.lines.first().iter().for_each(|first| first.tick());
    }
}

/// How long no evaluation is made after one.
fn rest(begun: Duration, ended: Duration) -> Duration {
    ended.saturating_sub(begun).saturating_mul(REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluations_take_one_core_for_a_hundredth_of_the_time() {
        let (begun, ended) = (Duration::from_millis(300), Duration::from_millis(350));
        let until_next = ended - begun + rest(begun, ended);
        assert_eq!(until_next, 100 * (ended - begun));
        assert_eq!(rest(Duration::ZERO, Duration::MAX), Duration::MAX);
    }
}
