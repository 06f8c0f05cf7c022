//! What the naive simulation does with a gradient whose fate depends on who has delivered what:
//! every mean is computed from scratch, every number of gradients counted.

use std::collections::BTreeSet;

use super::naive::{Late, Rule};

type Vector = Vec<f64>;

/// The gradients that have not been stepped with, each with its worker.
pub(crate) struct Held {
    rule: Rule,
    n_workers: usize,
    now: Vec<(usize, Vector)>,
    /// Ringleader's next table, and who still gets a new model in this round.
    next: Vec<(usize, Vector)>,
    owed: BTreeSet<usize>,
    /// Who waits for the end of a round.
    idle: Vec<usize>,
}

/// What becomes of an arrival.
pub(crate) struct Decision {
    /// The direction of the update, if there is one.
    pub(crate) along: Option<Vector>,
    /// How much further than usual.
    pub(crate) factor: f64,
    /// Who gets a job, in order.
    pub(crate) go_on: Vec<usize>,
    /// Whose jobs are cancelled before that.
    pub(crate) call_off: Vec<usize>,
    /// Whether that is at the version of the job that came back, not at the newest.
    pub(crate) at_the_same: bool,
}

impl Default for Decision {
    fn default() -> Self {
        Self {
            along: None,
            factor: 1.0,
            go_on: Vec::new(),
            call_off: Vec::new(),
            at_the_same: false,
        }
    }
}

impl Held {
    pub(crate) fn new(rule: Rule, n_workers: usize) -> Self {
        Self {
            rule,
            n_workers,
            now: Vec::new(),
            next: Vec::new(),
            owed: BTreeSet::new(),
            idle: Vec::new(),
        }
    }

    pub(crate) fn keep(&mut self, worker: usize, g: Vector) {
        self.now.push((worker, g));
    }

    /// The sum of what was kept, if anything was.
    pub(crate) fn take_sum(&mut self) -> Option<Vector> {
        let held = std::mem::take(&mut self.now);
        (!held.is_empty()).then(|| sum(&held))
    }

    /// What the rule says of a gradient of this worker.
    pub(crate) fn decide(&mut self, worker: usize, g: Vector, staleness: usize) -> Decision {
        let (along, go_on) = match self.rule {
            Rule::Immediate => (Some(g), vec![worker]),
            Rule::Waiting(b) => {
                self.now.push((worker, g));
                let is_full = self.now.len() == b;
                let senders = self.now.iter().map(|(worker, _)| *worker).collect();
                let senders = if is_full { senders } else { Vec::new() };
                (self.step_if(is_full, mean), senders)
            }
            Rule::Buffered(b) => {
                self.now.push((worker, g));
                (self.step_if(self.now.len() == b, mean), vec![worker])
            }
            Rule::Fresh(_, late) | Rule::FreshOfAll(_, late) | Rule::Round(_, late)
                if staleness > 0 && late != Late::Use =>
            {
                (None, vec![worker])
            }
            Rule::Fresh(s, late) => {
                self.now.push((worker, g));
                let along = self.step_if(self.now.len() == s, mean);
                return self.begin_anew(along, late, vec![worker]);
            }
            Rule::FreshOfAll(s, late) => {
                self.now.push((worker, g));
                let is_enough = is_enough(&self.counts(), s);
                let along = self.step_if(is_enough, mean_of_means);
                return self.begin_anew(along, late, vec![worker]);
            }
            Rule::Round(m, late) => {
                self.now.push((worker, g));
                self.idle.push(worker);
                let along = self.step_if(self.now.len() == m, mean);
                let senders = match along {
                    Some(_) => std::mem::take(&mut self.idle),
                    None => Vec::new(),
                };
                return self.begin_anew(along, late, senders);
            }
            Rule::Within(r) => ((staleness < r).then_some(g), vec![worker]),
            Rule::Ringleader => return self.lead(worker, g),
            rule => panic!("{rule:?} is decided at the desk"),
        };
        Decision {
            along,
            go_on,
            ..Decision::default()
        }
    }

    /// After an update, all begin anew if jobs are cancelled, and else those do that have none.
    fn begin_anew(&self, along: Option<Vector>, late: Late, idle: Vec<usize>) -> Decision {
        let all: Vec<usize> = (0..self.n_workers).collect();
        let is_over = along.is_some() && late == Late::Cancel;
        Decision {
            along,
            go_on: if is_over { all.clone() } else { idle },
            call_off: if is_over { all } else { Vec::new() },
            ..Decision::default()
        }
    }

    fn step_if(
        &mut self,
        now: bool,
        direction: fn(&[(usize, Vector)]) -> Vector,
    ) -> Option<Vector> {
        now.then(|| direction(&std::mem::take(&mut self.now)))
    }

    /// How many gradients each worker has in the table.
    fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.n_workers];
        self.now.iter().for_each(|(worker, _)| counts[*worker] += 1);
        counts
    }

    /// Ringleader: phase 1 is when nobody is owed a model.
    fn lead(&mut self, worker: usize, g: Vector) -> Decision {
        let in_phase_2 = !self.owed.is_empty();
        let along = if in_phase_2 && !self.owed.contains(&worker) {
            self.next.push((worker, g));
            None
        } else {
            self.now.push((worker, g));
            if !in_phase_2 && !self.counts().contains(&0) {
                self.owed = (0..self.n_workers).collect();
            }
            self.owed.remove(&worker).then(|| mean_of_means(&self.now))
        };
        if along.is_some() && self.owed.is_empty() {
            self.now = std::mem::take(&mut self.next);
        }
        Decision {
            at_the_same: along.is_none(),
            along,
            go_on: vec![worker],
            ..Decision::default()
        }
    }
}

/// Whether `(1/n Σ 1/B_i)⁻¹ ≥ S/n`, in whole numbers: `S·Σ_i Π_{j≠i} B_j ≤ n²·Π_j B_j`, and no
/// `B_i` is 0.
pub(crate) fn is_enough(counts: &[u64], s: usize) -> bool {
    let product: u128 = counts.iter().map(|count| u128::from(*count)).product();
    let others = counts
        .iter()
        .map(|count| product / u128::from(*count).max(1));
    let n = counts.len() as u128;
    product > 0 && s as u128 * others.sum::<u128>() <= n * n * product
}

fn sum(held: &[(usize, Vector)]) -> Vector {
    let components = 0..held[0].1.len();
    let sum = |component: usize| held.iter().map(|(_, g)| g[component]).sum();
    components.map(sum).collect()
}

pub(crate) fn mean(held: &[(usize, Vector)]) -> Vector {
    let n = held.len() as f64;
    sum(held).into_iter().map(|sum| sum / n).collect()
}

/// The mean of the means of each worker.
fn mean_of_means(held: &[(usize, Vector)]) -> Vector {
    let workers: BTreeSet<usize> = held.iter().map(|(worker, _)| *worker).collect();
    let of = |worker: usize| -> Vec<(usize, Vector)> {
        let own = held.iter().filter(|(sender, _)| *sender == worker);
        own.cloned().collect()
    };
    let means: Vec<(usize, Vector)> = workers.iter().map(|w| (*w, mean(&of(*w)))).collect();
    mean(&means)
}
