//! How many jobs were outstanding, over time.

use std::time::Duration;

use serde::Serialize;

use trace::{Concurrency, json};

/// Number of points to which a series is thinned: more than a figure is wide.
const MAX_POINTS: usize = 500;

/// Jobs outstanding on arrival, the arriving one included.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct OutstandingJobs {
    /// Mean and maximum over all gradients.
    #[serde(flatten)]
    pub all: Concurrency,
    /// Over time, thinned: each point stands for as many gradients as the others, but for the last.
    pub over_time: Vec<Point>,
}

/// Jobs outstanding while some gradients arrived, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// When the last of them arrived.
    #[serde(serialize_with = "json::seconds")]
    pub time: Duration,
    /// The mean number of jobs outstanding on their arrival.
    pub mean: f64,
    /// The largest number.
    pub max: usize,
}

/// Gradients that followed one another.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    until: Duration,
    n: u64,
    sum: u128,
    max: usize,
}

/// Thins a series while it is recorded.
#[derive(Debug, Default)]
pub(super) struct Series {
    stretches: Vec<Stretch>,
    /// Number of times that neighbouring stretches were merged in pairs: a full one has
    /// `2^doublings` gradients.
    doublings: u32,
}

impl Series {
    pub(super) fn push(&mut self, time: Duration, concurrency: usize) {
        let one = Stretch {
            until: time,
            n: 1,
            sum: concurrency as u128,
            max: concurrency,
        };
        if let Some(last) = self.stretches.last_mut()
            && last.n < 1 << self.doublings
        {
            *last = last.and(one);
            return;
        }
        if self.stretches.len() == MAX_POINTS {
            let pairs = self.stretches.chunks(2);
            self.stretches = pairs
                .map(|pair| pair.iter().copied().reduce(Stretch::and).unwrap_or(one))
                .collect();
            self.doublings += 1;
        }
        self.stretches.push(one);
    }

    pub(super) fn points(&self) -> Vec<Point> {
        let point = |stretch: &Stretch| Point {
            time: stretch.until,
            mean: stretch.sum as f64 / stretch.n as f64,
            max: stretch.max,
        };
        self.stretches.iter().map(point).collect()
    }
}

impl Stretch {
    fn and(self, next: Self) -> Self {
        Self {
            until: next.until,
            n: self.n + next.n,
            sum: self.sum + next.sum,
            max: self.max.max(next.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thinned_series_keeps_sum_maximum_and_end() {
        let mut series = Series::default();
        for arrival in 0..12_345u64 {
            let concurrency = usize::try_from(arrival % 7).unwrap();
            series.push(Duration::from_nanos(arrival), concurrency);
            assert!(series.stretches.len() <= MAX_POINTS);
        }
        let stretches = &series.stretches;
        assert!(stretches.len() > MAX_POINTS / 2);
        let n: u64 = stretches.iter().map(|stretch| stretch.n).sum();
        let sum: u128 = stretches.iter().map(|stretch| stretch.sum).sum();
        assert_eq!(
            (n, sum),
            (12_345, (0..12_345).map(|arrival| arrival % 7).sum())
        );
        assert!(
            stretches
                .iter()
                .rev()
                .skip(1)
                .all(|stretch| stretch.n == 1 << series.doublings)
        );
        assert_eq!(
            stretches.last().unwrap().until,
            Duration::from_nanos(12_344)
        );
        assert!(series.points().iter().all(|point| point.max == 6));
    }
}
