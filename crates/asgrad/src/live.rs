//! A look into a run while it goes on, at next to no cost to it.

use std::sync::Arc;
use std::time::Duration;

use ps_core::{Objective, ParamStore, Scalar, Version};

use crate::evaluation::Evaluator;
use crate::one_core::OneCore;
use trace::statistics::{Recent, Shared};
use trace::{Evaluation, Statistics, WaitedFor};
use workers::OverdueJobs;

/// A look into a run from another thread. A look may hold the run up for as long as it takes to add
/// up what each worker has delivered: a microsecond for a thousand of them. An evaluation does not,
/// and uses one core and no more.
///
/// # Examples
/// ```
/// use asgrad::prelude::*;
///
/// let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
/// let session = Experiment::new(oracle).workers(2).updates(u64::MAX).build()?;
/// let (stop, mut live) = (session.stop_handle(), session.live());
/// let run = std::thread::Builder::new().spawn(move || session.run())?;
/// let mut look = live.look(2);
/// while look.gradients.iter().sum::<u64>() < 100 {
///     look = live.look(2);
/// }
/// stop.stop();
/// let summary = run.join().expect("no panic")?;
/// assert!(look.version.number() <= summary.updates);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Live<T: Scalar = f64> {
    store: Arc<ParamStore<T>>,
    statistics: Shared<Statistics>,
    overdue: OverdueJobs,
    evaluator: Option<(Evaluator<T>, OneCore)>,
    /// The time of the last gradient that was seen.
    time: Duration,
}

/// What a run has come to, and what happened since the look before.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Look {
    /// The newest version: how many updates there were; of Hogwild!, how many were known at the
    /// last copy.
    pub version: Version,
    /// How many gradients each group of workers has delivered since the start.
    pub gradients: Vec<u64>,
    /// What came since the look before, and when the last gradient came.
    pub recent: Recent,
}

ps_core::debug_fields!([T: Scalar] Live<T>: time);

impl<T: Scalar> Live<T> {
    pub(crate) fn new(
        store: Arc<ParamStore<T>>,
        statistics: Shared<Statistics>,
        overdue: OverdueJobs,
        objective: Option<Arc<dyn Objective<T>>>,
    ) -> Self {
        let evaluator = |objective| (Evaluator::new(objective, false), OneCore::new());
        let evaluator = objective.map(evaluator);
        Self {
            store,
            statistics,
            overdue,
            evaluator,
            time: Duration::ZERO,
        }
    }

    /// What the run has come to. Workers are counted in at most this many groups of neighbours, as
    /// equal as can be. After the run there is nothing more to see.
    pub fn look(&mut self, groups: usize) -> Look {
        let version = self.store.version();
        let count = |it: &mut Statistics| (in_groups(it, groups), it.take_recent());
        let (gradients, mut recent) = self.statistics.with(count);
        self.time = self.time.max(recent.time);
        recent.time = self.time;
        Look {
            version,
            gradients,
            recent,
        }
    }

    /// On the real clock, the workers whose job has been out for very long
    /// ([`Threads::silence`](workers::Threads::silence)), the longest first; a few of them.
    pub fn waited_for(&self) -> Vec<WaitedFor> {
        self.overdue.get().into_iter().map(Into::into).collect()
    }

    /// The same look without evaluations, which would take part in what is measured.
    #[must_use]
    pub fn without_evaluations(self) -> Self {
        Self {
            evaluator: None,
            ..self
        }
    }

    /// Loss and gradient norm of the newest version, at the time of the last gradient, if the run
    /// has an objective. Takes as long as the objective does; it is up to the caller how often.
    pub fn evaluate(&mut self) -> Option<Evaluation> {
        let (evaluator, one_core) = self.evaluator.as_mut()?;
        // The version first: it is at most as late as the gradient that was counted last.
        let snapshot = self.store.snapshot();
        let time = self.statistics.with(|statistics| statistics.last_time());
        one_core.run(|| evaluator.evaluate(time, &snapshot)).ok()
    }
}

fn in_groups(statistics: &Statistics, groups: usize) -> Vec<u64> {
    let each = &statistics.gradients_per_worker;
    let groups = groups.min(each.len());
    let bound = |group: usize| group * each.len() / groups;
    (0..groups)
        .map(|group| each[bound(group)..bound(group + 1)].iter().sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use ps_core::{Action, Event, JobId, JobTimes, Observer, Received, Snapshot, WorkerId};

    use super::*;

    fn received(worker: usize, version: u64, action: Action) -> Received {
        Received {
            time: Duration::from_secs(version),
            worker: WorkerId::new(worker),
            job: JobId::new(version),
            read_version: Version::ZERO,
            version: Version::new(version),
            action,
            step_size: None,
            age: 0,
            assigned: Duration::ZERO,
            times: JobTimes::default(),
            concurrency: 3,
        }
    }

    #[test]
    fn a_look_tells_of_what_came_since_the_look_before() {
        let store = Arc::new(ParamStore::new(Snapshot::initial(&[0.0])));
        let mut statistics = Shared::new(Statistics::new(2));
        let mut live = Live::new(store, statistics.clone(), OverdueJobs::default(), None);
        assert_eq!(live.look(2).recent.gradients, 0);
        let actions = [Action::Applied, Action::Held, Action::Discarded];
        for (version, action) in [3, 5, 9].into_iter().zip(actions) {
            statistics.observe(&Event::Received(received(1, version, action)));
        }
        let look = live.look(2);
        let recent = look.recent;
        assert_eq!((recent.gradients, recent.staleness_sum), (2, 8));
        assert_eq!((recent.staleness_max, recent.concurrency), (5, 3));
        assert_eq!(recent.time, Duration::from_secs(9));
        assert_eq!(look.gradients, [0, 3]);
        let look = live.look(2);
        assert_eq!((look.recent.gradients, look.recent.staleness_max), (0, 0));
        assert_eq!((look.gradients, look.recent.concurrency), (vec![0, 3], 3));
        assert_eq!(live.evaluate(), None);
    }

    #[test]
    fn the_newest_version_is_evaluated() {
        let store = Arc::new(ParamStore::new(Snapshot::initial(&[0.0])));
        let objective = Arc::new(problems::Quadratic::new(&[3.0]));
        let counted = Shared::new(Statistics::new(1));
        let mut live = Live::new(
            Arc::clone(&store),
            counted.clone(),
            OverdueJobs::default(),
            Some(objective),
        );
        let first = live.evaluate().expect("there is an objective");
        assert_eq!((first.loss, first.gradient_norm), (4.5, 3.0));
        store.publish(ps_core::Buffer::from_slice(&[2.0]).freeze(Version::new(7)));
        let next = live.evaluate().expect("there is an objective");
        assert_eq!((next.loss, next.version), (0.5, Version::new(7)));
        // Nobody needs to have looked before.
        counted
            .clone()
            .observe(&Event::Received(received(0, 7, Action::Applied)));
        let later = live.evaluate().expect("there is an objective");
        assert_eq!(later.time, Duration::from_secs(7));
    }

    #[test]
    fn groups_are_neighbours_and_nobody_is_left_out() {
        let mut statistics = Statistics::new(5);
        statistics.gradients_per_worker = vec![1, 2, 4, 8, 16];
        assert_eq!(in_groups(&statistics, 2), [3, 28]);
        assert_eq!(in_groups(&statistics, 5), [1, 2, 4, 8, 16]);
        assert_eq!(in_groups(&statistics, 40), [1, 2, 4, 8, 16]);
        assert!(in_groups(&Statistics::default(), 40).is_empty());
    }
}
