//! How a thread waits that has nothing to do.

use std::num::NonZero;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvError};

use crate::drivers::stopwatch::Stopwatch;
use crate::latency::cluster::Cluster;

/// The longest time for which a message is looked for: about what it takes to wake a thread on a
/// core that has gone to sleep too, so that looking in vain costs no more than that.
const MAX_LOOK: Duration = Duration::from_micros(50);
/// The shortest one: the cores may be free again, and this costs less than falling asleep.
const MIN_LOOK: Duration = Duration::from_micros(3);

/// How a thread waits that has nothing to do. Where it keeps no other off its core, it looks for a
/// message before it sleeps: in a round of gradients that take some microseconds, waking the others
/// would take longer than computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::drivers) struct Idle {
    /// For how long it looks; nothing if it sleeps at once. Half as long as the last time if that
    /// was in vain: other programs may need the cores, or the gradients be long.
    look: Option<Duration>,
}

impl Idle {
    /// That of each thread of a run: so many, on these workers. Where nothing is emulated they
    /// compute all the time.
    pub(super) fn of(n_threads: usize, cluster: &Cluster) -> Self {
        let n_cores = thread::available_parallelism().map_or(1, NonZero::get);
        let looks = n_threads <= n_cores && !cluster.emulates_time();
        Self {
            look: looks.then_some(MAX_LOOK),
        }
    }

    /// Waits for the next message. An error: there will be none.
    pub(super) fn receive<M>(&mut self, messages: &Receiver<M>) -> Result<M, RecvError> {
        if let Some(look) = &mut self.look
            && messages.is_empty()
        {
            let clock = Stopwatch::start();
            while messages.is_empty() && clock.now() < *look {
                std::hint::spin_loop();
            }
            *look = if messages.is_empty() {
                MIN_LOOK.max(*look / 2)
            } else {
                MAX_LOOK
            };
        }
        messages.recv()
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::latency::law::Law;

    fn workers(n_workers: usize, law: Law) -> Idle {
        let cluster = Cluster::new(vec![1.0; n_workers], Duration::from_millis(1));
        Idle::of(n_workers, &cluster.expect("equal workers").compute(law))
    }

    #[test]
    fn only_threads_that_have_a_core_each_and_compute_look_for_messages() {
        let n_cores = thread::available_parallelism().map_or(1, NonZero::get);
        let looks = |idle: Idle| idle.look.is_some();
        assert!(looks(workers(n_cores, Law::none())));
        assert!(!looks(workers(n_cores + 1, Law::none())));
        assert!(!looks(workers(1, Law::fixed())));
    }

    #[test]
    fn who_looks_in_vain_looks_shorter_and_shorter() {
        let (sender, messages) = bounded::<()>(1);
        drop(sender);
        let mut idle = workers(1, Law::none());
        let mut looks = [idle.look; 6];
        for look in &mut looks {
            *look = idle.look;
            assert_eq!(idle.receive(&messages), Err(RecvError));
        }
        let halves = [50_000, 25_000, 12_500, 6_250, 3_125, 3_000];
        assert_eq!(looks, halves.map(|ns| Some(Duration::from_nanos(ns))));
    }
}
