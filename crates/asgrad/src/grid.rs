//! Which versions of a run are evaluated.

use trace::RunSpec;

/// Evaluated versions of a run of so many updates, if nothing else is asked for.
const DEFAULT_EVALUATIONS: u64 = 100;

/// Versions that are evaluated, told one after the other: every so many, or each some per cent later
/// than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) step: Step,
    /// The next one.
    next: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// 0, `u`, 2`u`, …
    Every(u64),
    /// 0, 1, 2, …, and later ones so many per cent apart: as fine as anybody reads a time, and few
    /// whatever the number of updates.
    Percent(u64),
}

impl Grid {
    pub(crate) fn new(step: Step) -> Self {
        Self { step, next: 0 }
    }

    /// That of a run: every so many updates where somebody says how many, or how many there are.
    pub(crate) fn of(spec: &RunSpec) -> Self {
        let end = &spec.end;
        // Time or gradients may end the run before the updates do.
        let may_end_before = end.time_limit.is_some() || end.gradients.is_some();
        let updates = end.updates.filter(|_| !may_end_before);
        let by_default = updates.map(|updates| (updates / DEFAULT_EVALUATIONS).max(1));
        let every = spec.evaluate_every.or(by_default).map(Step::Every);
        Self::new(every.unwrap_or(Step::Percent(1)))
    }

    /// Whether a version is on it that is later than those which were.
    pub(crate) fn has(&self, version: u64) -> bool {
        match self.step {
            Step::Every(updates) => version.is_multiple_of(updates),
            // Without a server not every version is seen.
            Step::Percent(_) => version >= self.next,
        }
    }

    /// The same, and if it is, it was.
    pub(crate) fn takes(&mut self, version: u64) -> bool {
        let takes = self.has(version);
        if let (true, Step::Percent(percent)) = (takes, self.step) {
            let apart = version.saturating_mul(percent).div_ceil(100).max(1);
            self.next = version.saturating_add(apart);
        }
        takes
    }

    /// One with half as many.
    pub(crate) fn coarser(self) -> Self {
        Self::new(match self.step {
            Step::Every(updates) => Step::Every(updates.saturating_mul(2)),
            Step::Percent(percent) => Step::Percent(percent.saturating_mul(2)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(step: Step, versions: u64) -> Vec<u64> {
        let mut grid = Grid::new(step);
        (0..versions).filter(|&it| grid.takes(it)).collect()
    }

    #[test]
    fn each_version_of_a_growing_grid_is_a_per_cent_later() {
        let versions = taken(Step::Percent(1), 1_000_000);
        assert_eq!(versions[..102], (0..102).collect::<Vec<_>>());
        assert_eq!(versions[102..105], [103, 105, 107]);
        for pair in versions.windows(2) {
            assert!(pair[1] * 100 >= pair[0] * 101, "{pair:?}");
            assert!(
                (pair[1] - 1) * 100 < pair[0] * 101 || pair[1] == pair[0] + 1,
                "{pair:?}"
            );
        }
        assert_eq!(versions.len(), 984);
    }

    #[test]
    fn multiples_are_multiples_whatever_came_before() {
        assert_eq!(taken(Step::Every(3), 10), [0, 3, 6, 9]);
        assert_eq!(Grid::new(Step::Every(3)).coarser().step, Step::Every(6));
    }
}
