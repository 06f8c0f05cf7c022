//! Draws in proportion to weights `max(v_i, least)`, of which both a speed `v_i` and `least` change
//! from draw to draw.

use std::ops::Range;

use ps_core::Stream;
use rand::RngExt;

/// How many workers a leaf of the tree stands for. To go through so few costs no more than the
/// levels of a tree that are saved.
const LEAF: usize = 16;

/// The workers' speeds, and a binary tree of sums over them. A node is always computed from what is
/// below it, never by adding a change, so that no rounding error outlives the speed it came from.
#[derive(Debug)]
pub(super) struct WeightTree {
    /// By worker; none for one that is lost.
    speeds: Vec<Option<f64>>,
    n_alive: usize,
    /// The root is at 1, the children of `at` are at `2·at` and `2·at + 1`, and the second half are
    /// the leaves.
    nodes: Vec<Node>,
    /// The one that all nodes hold for.
    least: f64,
}

/// The speeds below, summed up for every `least` that is above `below` and at most `above`.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The sum of those that are at least `least`.
    own: f64,
    /// How many are less, and count as `least`.
    raised: f64,
    /// The sum of these, as they are.
    low: f64,
    /// The fastest of these.
    below: f64,
    /// The slowest of the others.
    above: f64,
}

impl Node {
    /// Inlined, like [`WeightTree::sum_up`]: with few workers the two calls are a tenth of a draw.
    #[inline(always)]
    fn of(speeds: &[Option<f64>], least: f64) -> Self {
        let (mut own, mut raised, mut low) = (0.0, 0.0, 0.0);
        let (mut below, mut above) = (f64::NEG_INFINITY, f64::INFINITY);
        for &speed in speeds.iter().flatten() {
            if speed < least {
                raised += 1.0;
                low += speed;
                below = if speed > below { speed } else { below };
            } else {
                own += speed;
                above = if speed < above { speed } else { above };
            }
        }
        Self {
            own,
            raised,
            low,
            below,
            above,
        }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            own: self.own + other.own,
            raised: self.raised + other.raised,
            low: self.low + other.low,
            below: self.below.max(other.below),
            above: self.above.min(other.above),
        }
    }

    fn holds_for(&self, least: f64) -> bool {
        self.below < least && least <= self.above
    }

    fn weight(&self, least: f64) -> f64 {
        self.own + self.raised * least
    }
}

impl WeightTree {
    /// For so many workers, all equally fast.
    pub(super) fn new(n_workers: usize) -> Self {
        let n_leaves = n_workers.div_ceil(LEAF).next_power_of_two();
        let mut tree = Self {
            speeds: vec![Some(1.0); n_workers],
            n_alive: n_workers,
            nodes: vec![Node::of(&[], 0.0); 2 * n_leaves],
            least: 0.0,
        };
        tree.set_all(|_| 1.0);
        tree
    }

    /// How many workers are not lost.
    pub(super) fn n_alive(&self) -> usize {
        self.n_alive
    }

    /// The sum of their speeds.
    pub(super) fn sum(&self) -> f64 {
        self.nodes[1].own + self.nodes[1].low
    }

    /// A new speed for every worker that is not lost.
    pub(super) fn set_all(&mut self, speed: impl Fn(usize) -> f64) {
        for (worker, old) in self.speeds.iter_mut().enumerate() {
            *old = old.map(|_| speed(worker));
        }
        (1..self.nodes.len()).rev().for_each(|at| self.sum_up(at));
    }

    /// A new speed. Of no effect if this worker is lost.
    pub(super) fn set(&mut self, worker: usize, speed: f64) {
        if self.speeds[worker].is_some() {
            self.change(worker, Some(speed));
        }
    }

    /// This worker is lost.
    pub(super) fn remove(&mut self, worker: usize) {
        if self.speeds[worker].is_some() {
            self.n_alive -= 1;
            self.change(worker, None);
        }
    }

    fn change(&mut self, worker: usize, speed: Option<f64>) {
        self.speeds[worker] = speed;
        let mut at = self.first_leaf() + worker / LEAF;
        while at > 0 {
            self.sum_up(at);
            at /= 2;
        }
    }

    /// Draws one of the workers that are not lost, of which there must be one, and says how many
    /// times likelier it was than in a uniform draw.
    pub(super) fn draw(&mut self, least: f64, rng: &mut Stream) -> (usize, f64) {
        self.least = least;
        if !self.nodes[1].holds_for(least) {
            self.renew(1);
        }
        let sum = self.nodes[1].weight(least);
        let (drawn, weight) = self.find(rng.random_range(0.0..sum));
        (drawn, self.n_alive as f64 * weight / sum)
    }

    /// Computes anew a node that does not hold for `least` any more, and those below it that do
    /// not: speeds have come to the other side.
    fn renew(&mut self, at: usize) {
        if at < self.first_leaf() {
            for child in [2 * at, 2 * at + 1] {
                if !self.nodes[child].holds_for(self.least) {
                    self.renew(child);
                }
            }
        }
        self.sum_up(at);
    }

    #[inline(always)]
    fn sum_up(&mut self, at: usize) {
        self.nodes[at] = if at < self.first_leaf() {
            self.nodes[2 * at].and(&self.nodes[2 * at + 1])
        } else {
            Node::of(&self.speeds[self.workers(at)], self.least)
        };
    }

    /// Whose weight this point is on, with the weights laid one after the other; and that weight.
    fn find(&self, mut point: f64) -> (usize, f64) {
        let mut at = 1;
        while at < self.first_leaf() {
            at *= 2;
            let left = self.nodes[at].weight(self.least);
            // Rounding may have carried the point past the last worker, here and in the leaf.
            if point >= left && self.nodes[at + 1].weight(self.least) > 0.0 {
                point -= left;
                at += 1;
            }
        }
        let (mut found, mut weight) = (0, 0.0);
        for (worker, speed) in self.workers(at).zip(&self.speeds[self.workers(at)]) {
            let Some(speed) = *speed else { continue };
            found = worker;
            weight = speed.max(self.least);
            if point < weight {
                break;
            }
            point -= weight;
        }
        (found, weight)
    }

    fn first_leaf(&self) -> usize {
        self.nodes.len() / 2
    }

    fn workers(&self, leaf: usize) -> Range<usize> {
        let n = self.speeds.len();
        let first = (leaf - self.first_leaf()) * LEAF;
        first.min(n)..(first + LEAF).min(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_past_the_end_is_the_last_worker_s_that_is_not_lost() {
        for n in [1, 16, 17, 100] {
            let mut tree = WeightTree::new(n);
            for last in (0..n).rev() {
                assert_eq!(tree.find(f64::INFINITY), (last, 1.0));
                tree.remove(last);
            }
        }
    }

    #[test]
    fn a_worker_is_lost_once_and_for_ever() {
        let mut tree = WeightTree::new(3);
        for _ in 0..2 {
            tree.remove(1);
            tree.set(1, 1.0);
            tree.set_all(|_| 0.5);
            assert_eq!((tree.n_alive(), tree.sum()), (2, 1.0));
        }
    }
}
