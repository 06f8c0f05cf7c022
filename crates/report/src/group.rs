//! Runs of the same method with different seeds.

use explain::Activity;

use crate::run::Run;
use crate::settings::{Setting, settings};
use crate::text::slug;

/// Runs of the same method with different seeds.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The method, with what sets it apart if it occurs more than once.
    pub(crate) name: String,
    /// Its name in files and identifiers, which no other group of the comparison has.
    pub(crate) slug: String,
    /// At least one.
    pub(crate) runs: Vec<Run>,
}

/// How stale the gradients of some runs were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staleness {
    /// The mean over runs.
    pub(crate) mean: f64,
    /// The largest over runs of what 99 % of the gradients do not exceed.
    pub(crate) p99: u64,
    pub(crate) max: u64,
}

impl Group {
    /// Puts runs together, in the order in which their methods first occur.
    pub(crate) fn all(runs: Vec<Run>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for run in runs {
            let alike = |group: &&mut Self| group.takes(&run);
            match groups.iter_mut().find(alike) {
                Some(group) => group.runs.push(run),
                None => groups.push(Self {
                    name: run.header().method(),
                    slug: String::new(),
                    runs: vec![run],
                }),
            }
        }
        tell_apart(&mut groups);
        groups
    }

    /// Whether a run is one more repetition: the same in everything but its seed.
    fn takes(&self, run: &Run) -> bool {
        let (first, seed) = (self.first(), run.header().spec.seed);
        let is_other = |known: &Run| known.header().spec.seed != seed;
        first.header().method() == run.header().method()
            && settings(first) == settings(run)
            && self.runs.iter().all(is_other)
    }

    /// The first run, a whole one if there is one, which stands for all where means make no sense.
    pub(crate) fn first(&self) -> &Run {
        self.whole().next().unwrap_or(&self.runs[0])
    }

    /// The most workers that a run had.
    pub(crate) fn n_workers(&self) -> usize {
        let workers = self.runs.iter().map(Run::n_workers);
        workers.max().unwrap_or(0)
    }

    /// How many seeds there are, as people say it.
    pub(crate) fn seeds(&self) -> String {
        match self.runs.len() {
            1 => format!("seed {}", self.first().header().spec.seed),
            n => format!("{n} seeds"),
        }
    }

    /// How many gradients of all runs had which staleness: from, to, number.
    pub(crate) fn staleness(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let bins = self
            .whole()
            .flat_map(|run| &run.explained.staleness.histogram);
        bins.map(|bin| (bin.from, bin.to, bin.gradients))
    }

    /// The staleness over all runs.
    pub(crate) fn staleness_summary(&self) -> Staleness {
        let all = || self.whole().map(|run| &run.explained.staleness.all);
        Staleness {
            mean: self.mean(|run| run.explained.staleness.all.mean.unwrap_or_default()),
            p99: all().map(|all| all.p99).max().unwrap_or(0),
            max: all().map(|all| all.max).max().unwrap_or(0),
        }
    }

    /// A worker's share of the updates.
    pub(crate) fn share(&self, worker: usize) -> f64 {
        self.mean(|run| run.share(worker))
    }

    /// Seconds that a worker was at something, in the mean over runs.
    pub(crate) fn time_at(&self, worker: usize, activity: Activity) -> f64 {
        self.mean(|run| run.time_at(worker, activity))
    }

    /// Seconds that a run took, in the mean over runs.
    pub(crate) fn seconds(&self) -> f64 {
        self.mean(Run::seconds)
    }

    /// The runs that have an end; all of them if none has. Those that were cut are no part of
    /// means.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &Run> {
        let none = self.runs.iter().all(|run| run.stop().is_none());
        let runs = self.runs.iter();
        runs.filter(move |run| none || run.stop().is_some())
    }

    fn mean(&self, of: impl Fn(&Run) -> f64) -> f64 {
        self.whole().map(of).sum::<f64>() / self.whole().count() as f64
    }
}

/// Adds to names that occur more than once what their runs differ in, and gives every group a name
/// for files.
fn tell_apart(groups: &mut [Group]) {
    let named = |group: &Group| (group.name.clone(), settings(group.first()));
    let all: Vec<_> = groups.iter().map(named).collect();
    for (group, (method, own)) in groups.iter_mut().zip(&all) {
        let alike = || all.iter().filter(|(other, _)| other == method);
        let is_own = |setting: &&Setting| alike().any(|(_, other)| !other.contains(setting));
        for setting in own.iter().filter(is_own) {
            group.name += &format!(", {setting}");
        }
    }
    for index in 0..groups.len() {
        let name = &groups[index].name;
        // The same seed again, or data that differ under one name.
        if groups[..index].iter().any(|group| group.name == *name) {
            groups[index].name += &format!(", {}", groups[index].first().file_name());
        }
    }
    for index in 0..groups.len() {
        let slug = slug(&groups[index].name);
        let taken = groups[..index].iter().any(|group| group.slug == slug);
        // No slug has two hyphens in a row.
        let number = (taken || slug.is_empty()).then(|| format!("--{}", index + 1));
        groups[index].slug = slug + &number.unwrap_or_default();
    }
}
