//! A recorded machine, and how long methods that wait for batches would have taken on it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use serde::Serialize;

/// Number of gradients after which the simulation stops and extrapolates: about a second of work.
const MAX_GRADIENTS: u64 = 1 << 22;

/// How long each recorded job of each worker took, in the order in which they ended.
///
/// A worker computes one gradient after the other, each as long as recorded. When its recording
/// runs out it begins again: so a short recording stands for a long run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedMachine {
    /// The times of the jobs of each worker.
    pub jobs: Vec<Vec<Duration>>,
}

/// When a round of a method is over. Other than the rules of these names, which are run with a
/// whole number of gradients, a round may need any number; and of gradients that finish at one
/// moment, the order does not matter here: a job that begins when a round ends belongs to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Round {
    /// Rennala: this many gradients were begun and finished since its start, by any workers.
    Gradients(f64),
    /// Malenia: the harmonic mean of the numbers that workers have begun and finished is so large.
    HarmonicMean(f64),
}

/// How long a method would have taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Took {
    /// In seconds, for all rounds.
    pub seconds: f64,
    /// How many rounds there are.
    pub rounds: u64,
    /// How many of them were simulated. If fewer, the time is extrapolated at the mean length of
    /// these.
    pub simulated: u64,
}

/// The numbers of gradients that each worker has delivered in a round.
struct Counts {
    round: u64,
    /// For each worker the last round in which it delivered, and how many: nothing has to be
    /// cleared when a round ends.
    each: Vec<(u64, u64)>,
    total: u64,
    /// Workers that have delivered nothing yet.
    missing: usize,
    /// `Σ 1/N_i` over the others.
    inverses: f64,
}

impl Counts {
    fn new(n_workers: usize) -> Self {
        Self {
            round: 0,
            each: vec![(0, 0); n_workers],
            total: 0,
            missing: n_workers,
            inverses: 0.0,
        }
    }

    fn add(&mut self, worker: usize) {
        let (round, count) = &mut self.each[worker];
        if *round != self.round {
            (*round, *count) = (self.round, 0);
        }
        if *count == 0 {
            self.missing -= 1;
        } else {
            self.inverses -= 1.0 / *count as f64;
        }
        *count += 1;
        self.inverses += 1.0 / *count as f64;
        self.total += 1;
    }

    fn next_round(&mut self) {
        self.round += 1;
        (self.total, self.missing, self.inverses) = (0, self.each.len(), 0.0);
    }

    fn is_enough(&self, round: Round) -> bool {
        // Sums of inverses are rounded; a round that ends one gradient late would be a visible
        // error.
        const ROUNDING: f64 = 1e-9;
        match round {
            Round::Gradients(needed) => self.total as f64 >= needed,
            Round::HarmonicMean(needed) => {
                let n = self.each.len() as f64;
                self.missing == 0 && n / self.inverses >= needed * (1.0 - ROUNDING)
            }
        }
    }
}

impl RecordedMachine {
    /// The mean time of a job of each worker, in seconds. `None`: it has finished none.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use asgrad::theory::RecordedMachine;
    ///
    /// let jobs = vec![vec![Duration::from_secs(1), Duration::from_secs(2)], vec![]];
    /// assert_eq!(RecordedMachine { jobs }.mean_seconds(), [Some(1.5), None]);
    /// ```
    pub fn mean_seconds(&self) -> Vec<Option<f64>> {
        let mean = |jobs: &Vec<Duration>| {
            // Whole nanoseconds add up exactly.
            let sum: u128 = jobs.iter().map(Duration::as_nanos).sum();
            (!jobs.is_empty()).then(|| sum as f64 / jobs.len() as f64 / 1e9)
        };
        self.jobs.iter().map(mean).collect()
    }

    /// How long this many rounds take, of which each begins when the one before ends. What a worker
    /// is at when a round ends it finishes, and it is thrown away. `None`: no round ends, because
    /// too few workers have finished a job or a round needs millions of gradients; or no job took
    /// any time.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use asgrad::theory::{RecordedMachine, Round};
    ///
    /// // One second and two seconds a gradient: three gradients every two seconds.
    /// let jobs = [1, 2].map(|seconds| vec![Duration::from_secs(seconds)]).to_vec();
    /// let took = RecordedMachine { jobs }.takes(5, Round::Gradients(3.0)).unwrap();
    /// assert_eq!(took.seconds, 10.0);
    /// ```
    pub fn takes(&self, rounds: u64, round: Round) -> Option<Took> {
        let n_workers = self.jobs.len();
        let takes_time = self.jobs.iter().flatten().any(|time| !time.is_zero());
        let can_end = match round {
            Round::Gradients(needed) => needed <= MAX_GRADIENTS as f64,
            Round::HarmonicMean(_) => self.jobs.iter().all(|jobs| !jobs.is_empty()),
        };
        if !takes_time || !can_end {
            return None;
        }
        // By time, then worker: when each finishes its job, and when it began it.
        let mut running: BinaryHeap<Reverse<(Duration, usize, Duration)>> = (0..n_workers)
            .filter_map(|worker| {
                let first = self.jobs[worker].first()?;
                Some(Reverse((*first, worker, Duration::ZERO)))
            })
            .collect();
        let mut next = vec![1; n_workers];
        let mut counts = Counts::new(n_workers);
        let (mut began, mut simulated, mut gradients) = (Duration::ZERO, 0, 0);
        while simulated < rounds && gradients < MAX_GRADIENTS {
            let Reverse((finished, worker, started)) = running.pop()?;
            gradients += 1;
            if started >= began {
                counts.add(worker);
            }
            let jobs = &self.jobs[worker];
            let length = jobs[next[worker] % jobs.len()];
            next[worker] += 1;
            running.push(Reverse((finished.saturating_add(length), worker, finished)));
            if counts.is_enough(round) {
                (began, simulated) = (finished, simulated + 1);
                counts.next_round();
            }
        }
        (simulated > 0 || rounds == 0).then(|| Took {
            seconds: match simulated {
                0 => 0.0,
                _ => began.as_secs_f64() * (rounds as f64 / simulated as f64),
            },
            rounds,
            simulated,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(jobs: &[&[u64]]) -> RecordedMachine {
        let times = |jobs: &&[u64]| jobs.iter().map(|&s| Duration::from_secs(s)).collect();
        RecordedMachine {
            jobs: jobs.iter().map(times).collect(),
        }
    }

    fn seconds(machine: &RecordedMachine, rounds: u64, round: Round) -> f64 {
        machine.takes(rounds, round).unwrap().seconds
    }

    /// Jobs end at 2, 4, 6, … and 3, 6, 9, …. Three of them have ended at 4. Of the second round
    /// are (4, 6), (6, 8), and then (6, 9), but not (3, 6), which began before.
    #[test]
    fn a_job_that_began_before_the_round_does_not_count() {
        let machine = machine(&[&[2], &[3]]);
        assert_eq!(seconds(&machine, 1, Round::Gradients(3.0)), 4.0);
        assert_eq!(seconds(&machine, 2, Round::Gradients(3.0)), 9.0);
    }

    /// Worker 1 delivers at 3, 6 and 9: each time worker 0 has delivered, too.
    #[test]
    fn malenia_waits_for_everybody() {
        let machine = machine(&[&[1], &[3]]);
        assert_eq!(seconds(&machine, 1, Round::HarmonicMean(1.0)), 3.0);
        assert_eq!(seconds(&machine, 3, Round::HarmonicMean(1.0)), 9.0);
        // At 3 there are 3 and 1, with harmonic mean 1.5; at 6 there are 6 and 2, with 3.
        assert_eq!(seconds(&machine, 1, Round::HarmonicMean(1.5)), 3.0);
        assert_eq!(seconds(&machine, 1, Round::HarmonicMean(3.0)), 6.0);
    }

    #[test]
    fn a_recording_begins_again_when_it_runs_out() {
        let machine = machine(&[&[1, 5]]);
        assert_eq!(seconds(&machine, 4, Round::Gradients(1.0)), 12.0);
        assert_eq!(machine.mean_seconds(), [Some(3.0)]);
    }

    #[test]
    fn many_rounds_are_extrapolated_and_said_to_be() {
        let took = machine(&[&[1]]).takes(1 << 40, Round::Gradients(1.0));
        let took = took.unwrap();
        assert_eq!(took.simulated, MAX_GRADIENTS);
        assert_eq!(took.seconds, (1u64 << 40) as f64);
    }

    #[test]
    fn a_round_that_never_ends_is_no_time() {
        assert_eq!(
            machine(&[&[1], &[]]).takes(1, Round::HarmonicMean(1.0)),
            None
        );
        assert_eq!(machine(&[&[], &[]]).takes(1, Round::Gradients(1.0)), None);
        assert_eq!(machine(&[&[0], &[0]]).takes(9, Round::Gradients(1.0)), None);
        assert_eq!(machine(&[&[1]]).takes(1, Round::Gradients(1e30)), None);
    }
}
