//! What a run is at, on a terminal, while it runs: looked at by a thread of its own, a few times a
//! second.

mod frame;

use std::collections::VecDeque;
use std::sync::mpsc::{self, RecvTimeoutError, Sender, TryRecvError};
use std::thread;
use std::time::Duration;

use asgrad::trace::WaitedFor;
use asgrad::{Evaluation, Live, Look, Scalar};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use self::frame::{Frame, LINES};

/// Time between two looks at the run: five a second are as smooth as a terminal needs.
const EVERY: Duration = Duration::from_millis(200);
/// Number of looks that rates and activity are taken over: the last two seconds.
const WINDOW: usize = 10;
/// Number of blocks that show activity: of more workers, neighbours share a block.
const MAX_GROUPS: usize = 40;
/// How many times as long as an evaluation took none is made after it: evaluations then take a
/// hundredth of one core's time.
const REST: u32 = 99;

/// The lines that show a run. They are gone when this is.
#[derive(Debug, Default)]
pub(crate) struct View {
    lines: Vec<ProgressBar>,
    /// Hangs up when the run is over.
    over: Option<Sender<()>>,
}

impl View {
    /// Shows a run that is about to begin. The first model is evaluated before that, so that it is
    /// known how long it takes.
    pub(crate) fn begin<T: Scalar>(
        terminal: &MultiProgress,
        mut live: Live<T>,
        what: &str,
    ) -> Self {
        let lines: Vec<_> = (0..LINES).map(|line| add_line(terminal, line)).collect();
        lines[0].set_message(what.to_owned());
        let (over, is_over) = mpsc::channel();
        let mut viewer = Viewer {
            what: what.to_owned(),
            lines: lines.clone(),
            looks: VecDeque::from([live.look(MAX_GROUPS)]),
            waited_for: None,
            evaluation: None,
            rest_until: Duration::ZERO,
        };
        viewer.evaluate(&mut live);
        let watch = move || {
            while is_over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                viewer.look(&mut live);
                viewer.draw();
                if viewer.is_rested() {
                    viewer.evaluate(&mut live);
                    // It may have taken long.
                    if is_over.try_recv() == Err(TryRecvError::Disconnected) {
                        return;
                    }
                    viewer.draw();
                }
            }
        };
        let started = thread::Builder::new().name("view".to_owned()).spawn(watch);
        // Without the thread there is nothing to see, and the run goes on.
        let over = started.is_ok().then_some(over);
        Self { lines, over }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // The thread is not waited for: an evaluation may be under way. A line that is cleared
        // draws nothing more.
        drop(self.over.take());
        for line in &self.lines {
            line.finish_and_clear();
        }
    }
}

/// Says who has not answered for very long, once for each job, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    /// Hangs up when the run is over.
    _over: Option<Sender<()>>,
}

impl Alarm {
    /// Looks after a run that is about to begin.
    pub(crate) fn begin<T: Scalar>(
        live: Live<T>,
        warn: impl Fn(&WaitedFor) + Send + 'static,
    ) -> Self {
        let (over, is_over) = mpsc::channel();
        let watch = move || {
            let mut said = Vec::new();
            while is_over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                for waited in live.waited_for() {
                    let job = (waited.worker, waited.job);
                    if !said.contains(&job) {
                        warn(&waited);
                        said.push(job);
                    }
                }
            }
        };
        let started = thread::Builder::new().name("alarm".to_owned());
        let started = started.spawn(watch);
        Self {
            _over: started.is_ok().then_some(over),
        }
    }
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
    /// The last looks, the newest at the back.
    looks: VecDeque<Look>,
    evaluation: Option<Evaluation>,
    /// Who has not answered for longest.
    waited_for: Option<WaitedFor>,
    /// When the next evaluation may be made.
    rest_until: Duration,
}

impl Viewer {
    fn look<T: Scalar>(&mut self, live: &mut Live<T>) {
        self.looks.push_back(live.look(MAX_GROUPS));
        self.waited_for = live.waited_for().first().copied();
        if self.looks.len() > WINDOW {
            self.looks.pop_front();
        }
    }

    /// How long the view has been there.
    fn now(&self) -> Duration {
        self.lines[0].elapsed()
    }

    fn is_rested(&self) -> bool {
        self.now() >= self.rest_until
    }

    fn evaluate<T: Scalar>(&mut self, live: &mut Live<T>) {
        let begun = self.now();
        self.evaluation = live.evaluate();
        let ended = self.now();
        self.rest_until = ended.saturating_add(rest(begun, ended));
    }

    fn draw(&self) {
        let frame = Frame::new(&self.looks, self.evaluation.as_ref(), self.waited_for);
        let texts = frame.lines(&self.what);
        for (line, text) in self.lines.iter().zip(texts) {
            line.set_message(text);
        }
        self.lines[0].tick();
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
