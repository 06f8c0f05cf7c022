//! What is drawn: a few lines of text, out of what was seen.

use std::collections::VecDeque;

use asgrad::explain::tables::blocks;
use asgrad::explain::tables::number::short;
use asgrad::ps_core::form::count;
use asgrad::trace::WaitedFor;
use asgrad::{Evaluation, Look, WorkerId};

/// Number of lines of a frame.
pub(super) const LINES: usize = 4;

/// What is shown of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame {
    updates: u64,
    /// On the run's own clock.
    seconds: f64,
    updates_per_second: Option<f64>,
    /// Loss, gradient norm, and of which version.
    evaluation: Option<(f64, f64, u64)>,
    /// Mean and largest.
    staleness: Option<(f64, u64)>,
    concurrency: usize,
    /// Who has not answered for very long, and for how many seconds.
    silent: Option<(WorkerId, f64)>,
    /// Gradients that came lately, of each group of workers.
    activity: Vec<u64>,
}

impl Frame {
    /// What happened from the first of these looks to the last.
    pub(super) fn new(
        looks: &VecDeque<Look>,
        evaluation: Option<&Evaluation>,
        waited_for: Option<WaitedFor>,
    ) -> Self {
        let (Some(first), Some(last)) = (looks.front(), looks.back()) else {
            return Self::default();
        };
        let passed = last
            .recent
            .time
            .saturating_sub(first.recent.time)
            .as_secs_f64();
        let updates = last.version.number() - first.version.number();
        let counts = last.gradients.iter().zip(&first.gradients);
        Self {
            updates: last.version.number(),
            seconds: last.recent.time.as_secs_f64(),
            updates_per_second: (passed > 0.0).then(|| updates as f64 / passed),
            evaluation: evaluation.map(|e| (e.loss, e.gradient_norm, e.version.number())),
            staleness: staleness(looks),
            concurrency: last.recent.concurrency,
            silent: waited_for.map(|it| (it.worker, it.time.as_secs_f64())),
            activity: counts.map(|(now, then)| now - then).collect(),
        }
    }

    /// The lines, most important first in each: a narrow terminal cuts them off.
    pub(super) fn lines(&self, what: &str) -> [String; LINES] {
        let rate = self.updates_per_second.map_or("–".to_owned(), short);
        let first = format!(
            "{what}: {}, {rate}/s, at {:.1} s",
            count(self.updates, "update"),
            self.seconds
        );
        let quality = self.evaluation.map(|(loss, gradient_norm, version)| {
            format!("loss {loss:.4e}, gradient norm {gradient_norm:.3e} (version {version})")
        });
        let staleness = self
            .staleness
            .map(|(mean, max)| format!("staleness mean {}, max {max}", short(mean)));
        let jobs = (self.concurrency > 0).then(|| count(self.concurrency, "job") + " out");
        let silent = self.silent;
        let silent = silent
            .map(|(worker, time)| format!("worker {worker} has not answered for {time:.0} s"));
        let of_server: Vec<_> = silent.into_iter().chain(staleness).chain(jobs).collect();
        let activity = if self.activity.is_empty() {
            String::new()
        } else {
            let blocks = blocks(&self.activity);
            format!("gradients in the last 2 s, by worker {blocks}")
        };
        let quality = quality.unwrap_or_default();
        [first, quality, of_server.join(", "), activity]
    }

    /// The same in one line, for a log: without who is how busy.
    pub(super) fn line(&self, what: &str) -> String {
        let [first, quality, of_server, _] = self.lines(what);
        let known = [first, quality, of_server].into_iter();
        let known: Vec<_> = known.filter(|part| !part.is_empty()).collect();
        known.join("; ")
    }
}

/// Mean and largest staleness of all gradients that came between the looks.
fn staleness(looks: &VecDeque<Look>) -> Option<(f64, u64)> {
    let recent = || looks.iter().map(|look| look.recent);
    let (n, sum) = recent().fold((0, 0), |(n, sum), it| {
        (n + it.gradients, sum + it.staleness_sum)
    });
    let max = recent().map(|it| it.staleness_max).max()?;
    (n > 0).then(|| (sum as f64 / n as f64, max))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use asgrad::{Experiment, Version};

    use super::*;

    fn frame() -> Frame {
        Frame {
            updates: 1234,
            seconds: 2.345,
            updates_per_second: Some(45_600.0),
            evaluation: Some((0.125, 0.5, 1200)),
            staleness: Some((7.25, 14)),
            concurrency: 10,
            silent: None,
            activity: vec![80, 40, 1, 0],
        }
    }

    #[test]
    fn a_frame_says_how_far_how_good_how_stale_and_who() {
        let expected = [
            "pure, seed 1: 1234 updates, 45.6 k/s, at 2.3 s",
            "loss 1.2500e-1, gradient norm 5.000e-1 (version 1200)",
            "staleness mean 7.2, max 14, 10 jobs out",
            "gradients in the last 2 s, by worker █▄▁·",
        ];
        assert_eq!(frame().lines("pure, seed 1"), expected);
        assert_eq!(frame().line("pure, seed 1"), expected[..3].join("; "));
    }

    #[test]
    fn who_does_not_answer_comes_first() {
        let silent = Frame {
            silent: Some((WorkerId::new(3), 12.3)),
            ..frame()
        };
        let expected =
            "worker 3 has not answered for 12 s, staleness mean 7.2, max 14, 10 jobs out";
        assert_eq!(silent.lines("pure")[2], expected);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let expected = ["pure: 0 updates, –/s, at 0.0 s", "", "", ""];
        assert_eq!(Frame::default().lines("pure"), expected);
        assert_eq!(Frame::default().line("pure"), expected[0]);
        let schedule_only = Frame {
            evaluation: None,
            ..frame()
        };
        assert_eq!(schedule_only.lines("pure")[1], "");
    }

    fn look(version: u64, seconds: u64, gradients: &[u64], staleness: (u64, u64, u64)) -> Look {
        let mut look = Look::default();
        look.version = Version::new(version);
        look.gradients = gradients.to_vec();
        look.recent.time = Duration::from_secs(seconds);
        let recent = &mut look.recent;
        (recent.gradients, recent.staleness_sum, recent.staleness_max) = staleness;
        look
    }

    #[test]
    fn what_is_shown_happened_between_the_looks() {
        let looks = VecDeque::from([
            look(10, 1, &[4, 6], (0, 0, 0)),
            look(20, 2, &[9, 11], (10, 20, 5)),
            look(40, 3, &[24, 16], (30, 120, 9)),
        ]);
        let objective = asgrad::problems::Quadratic::<f64>::new(&[3.0]);
        let session = Experiment::with_objective(objective).workers(1).build();
        let evaluation = session.unwrap().live().evaluate();
        let frame = Frame::new(&looks, evaluation.as_ref(), None);
        assert_eq!(frame.evaluation, Some((4.5, 3.0, 0)));
        assert_eq!(frame.updates_per_second, Some(15.0));
        assert_eq!(frame.staleness, Some((3.5, 9)));
        assert_eq!(frame.activity, [20, 10]);
        let nothing_came = VecDeque::from([looks[2].clone(), looks[2].clone()]);
        assert_eq!(
            Frame::new(&nothing_came, None, None).updates_per_second,
            None
        );
        assert_eq!(Frame::new(&VecDeque::new(), None, None), Frame::default());
    }
}
