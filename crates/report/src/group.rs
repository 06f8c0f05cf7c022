//! Runs of the same method with different seeds.

use asgrad::explain::Activity;

use crate::run::Run;
use crate::text::number;

/// Runs of the same method with different seeds.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The method, with what sets it apart if it occurs more than once.
    pub(crate) name: String,
    /// At least one.
    pub(crate) runs: Vec<Run>,
}

impl Group {
    /// Puts runs together, in the order in which their methods first occur.
    pub(crate) fn all(runs: Vec<Run>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for run in runs {
            let alike = |group: &&mut Self| are_repetitions(&group.runs[0], &run);
            match groups.iter_mut().find(alike) {
                Some(group) => group.runs.push(run),
                None => groups.push(Self {
                    name: run.header.method.clone(),
                    runs: vec![run],
                }),
            }
        }
        tell_apart(&mut groups);
        groups
    }

    /// The first run, which stands for all where means make no sense.
    pub(crate) fn first(&self) -> &Run {
        &self.runs[0]
    }

    /// The most workers that a run had.
    pub(crate) fn n_workers(&self) -> usize {
        let workers = self.runs.iter().map(|run| run.workers.len());
        workers.max().unwrap_or(0)
    }

    /// How many seeds there are, as people say it.
    pub(crate) fn seeds(&self) -> String {
        match self.runs.len() {
            1 => format!("seed {}", self.first().header.seed),
            n => format!("{n} seeds"),
        }
    }

    /// The share of gradients with each staleness, over all runs.
    pub(crate) fn staleness(&self) -> Vec<(u64, f64)> {
        let mut counts = std::collections::BTreeMap::<u64, u64>::new();
        for run in &self.runs {
            for (staleness, count) in &run.staleness {
                *counts.entry(*staleness).or_default() += count;
            }
        }
        let all = counts.values().sum::<u64>().max(1) as f64;
        let share = |(staleness, count): (u64, u64)| (staleness, count as f64 / all);
        counts.into_iter().map(share).collect()
    }

    /// The share of gradients of a worker, and its share of the data, if that is known.
    pub(crate) fn shares(&self, worker: usize) -> (f64, Option<f64>) {
        let one = |run: &Run| run.workers.get(worker).map_or(0.0, |worker| worker.share);
        let share = self.runs.iter().map(one).sum::<f64>() / self.runs.len() as f64;
        let data = self.first().workers.get(worker);
        (share, data.and_then(|worker| worker.data))
    }

    /// Seconds at each activity, over all runs: of one worker, or of all.
    pub(crate) fn time(&self, worker: Option<usize>) -> Vec<f64> {
        let mut sums = vec![0.0; Activity::ALL.len()];
        for run in &self.runs {
            for (index, of_worker) in run.workers.iter().enumerate() {
                if worker.is_none_or(|worker| worker == index) {
                    sums.iter_mut()
                        .zip(&of_worker.time)
                        .for_each(|(sum, time)| *sum += time);
                }
            }
        }
        sums
    }
}

fn are_repetitions(one: &Run, other: &Run) -> bool {
    let key = |run: &Run| {
        let header = &run.header;
        let gamma = header.step_size.to_bits();
        (
            header.method.clone(),
            gamma,
            header.cluster.clone(),
            header.clock,
            header.workers,
        )
    };
    key(one) == key(other)
}

/// Adds what differs to names that occur more than once.
fn tell_apart(groups: &mut [Group]) {
    let names: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
    for group in groups {
        let alike = names.iter().filter(|name| **name == group.name).count();
        if alike > 1 {
            let header = &group.runs[0].header;
            group.name += &format!(", γ = {}", number(header.step_size));
        }
    }
}
