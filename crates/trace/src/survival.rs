//! How long recorded jobs would have taken: also those that did not come to their end.

use std::time::Duration;

/// How long a worker was at a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JobTime {
    pub(crate) time: Duration,
    /// Whether it came to its end. If not, it was cancelled or took too long, and would have taken
    /// longer.
    pub(crate) is_whole: bool,
}

/// The times of one worker's jobs, each that was cut replaced by what jobs take on average that
/// take longer than that. To leave them out would make the worker look fast, since long jobs are
/// cut more often.
///
/// The average is over the distribution that Kaplan and Meier (1958) estimate from whole and cut
/// times. Where no job was longer, a cut time stays what it is: no more is known. Empty if no job
/// is whole.
pub(crate) fn completed(jobs: &[JobTime]) -> Vec<Duration> {
    if !jobs.iter().any(|job| job.is_whole) {
        return Vec::new();
    }
    let mut times: Vec<Duration> = jobs.iter().map(|job| job.time).collect();
    if jobs.iter().all(|job| job.is_whole) {
        return times;
    }
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    // Of equal times the whole one comes first: the other would have gone on.
    order.sort_by_key(|&index| (jobs[index].time, !jobs[index].is_whole));
    let weights = weights(jobs, &order);
    let (mut mass, mut moment) = (0.0, 0.0);
    for (&index, weight) in order.iter().zip(&weights).rev() {
        let job = jobs[index];
        if !job.is_whole && mass > 0.0 {
            let mean = Duration::try_from_secs_f64(moment / mass);
            // Not shorter than it was, whatever is rounded.
            times[index] = mean.unwrap_or(job.time).max(job.time);
        }
        mass += weight;
        moment += weight * job.time.as_secs_f64();
    }
    times
}

/// The probability of each time, in this order. What is left for the end has the last one, whole or
/// not.
fn weights(jobs: &[JobTime], order: &[usize]) -> Vec<f64> {
    let mut left = 1.0;
    let n = order.len();
    let weight = |(position, &index): (usize, &usize)| {
        let weight = match (jobs[index].is_whole, n - position) {
            (_, 1) => left,
            (true, at_risk) => left / at_risk as f64,
            (false, _) => 0.0,
        };
        left -= weight;
        weight
    };
    order.iter().enumerate().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(times: &[(u64, bool)]) -> Vec<JobTime> {
        let job = |&(seconds, is_whole): &(u64, bool)| JobTime {
            time: Duration::from_secs(seconds),
            is_whole,
        };
        times.iter().map(job).collect()
    }

    fn seconds(times: &[(u64, bool)]) -> Vec<f64> {
        let times = completed(&jobs(times));
        times.iter().map(Duration::as_secs_f64).collect()
    }

    #[test]
    fn whole_times_stay_as_they_are() {
        assert_eq!(seconds(&[(3, true), (1, true)]), [3.0, 1.0]);
    }

    #[test]
    fn where_all_whole_jobs_take_the_same_time_one_that_was_cut_would_have_taken_it_too() {
        assert_eq!(seconds(&[(8, false), (10, true), (3, false)]), [10.0; 3]);
    }

    /// Kaplan and Meier on 1, 2+, 3, 4: P(1) = 1/4; the 3/4 left are shared by the two that are
    /// longer than the cut one, 3/8 each; so a job that takes longer than 2 takes (3 + 4)/2 on
    /// average.
    #[test]
    fn a_job_that_was_cut_takes_what_longer_ones_take_on_average() {
        let times = seconds(&[(4, true), (2, false), (1, true), (3, true)]);
        assert_eq!(times, [4.0, 3.5, 1.0, 3.0]);
    }

    /// 1, 2+, 3, 4+: P(3) = 3/8, and what is left is at 4 or beyond.
    #[test]
    fn beyond_the_longest_nothing_is_known() {
        let times = seconds(&[(1, true), (2, false), (3, true), (4, false)]);
        assert_eq!(times, [1.0, 3.5, 3.0, 4.0]);
    }

    #[test]
    fn jobs_that_were_all_cut_say_nothing() {
        assert!(completed(&jobs(&[(1, false), (2, false)])).is_empty());
        assert!(completed(&[]).is_empty());
    }
}
