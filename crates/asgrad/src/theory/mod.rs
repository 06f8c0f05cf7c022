//! What theory says of a recorded run: the constants it is made of, the step size it allows, which
//! term of its bound dominates, and the time it knows to be needed.
//!
//! A [`TheoryMeter`] replays the trace and computes gradients of its own at some of the versions,
//! so that the run itself pays nothing.

mod bound;
mod error;
mod gradients;
pub mod lower_bound;
mod meter;
mod recorded_machine;
mod report;
mod schedule;
mod sequence;
mod smoothness;
mod text;
mod times;
mod vectors;

pub use error::TheoryError;
pub use meter::TheoryMeter;
pub use recorded_machine::{RecordedMachine, Round, Took};
pub use report::{
    Ages, BoundTerms, DelayVariance, Deviations, SequenceCorrelation, Smoothness, StepSizes,
    TargetFrom, TargetTimes, Term, Theory,
};

/// At most `most` of the indices `0 … count − 1`: evenly spread, the first and the last among them.
fn evenly(count: usize, most: usize) -> Vec<usize> {
    let picked = count.min(most);
    (0..picked)
        .map(|index| index * (count - 1) / (picked - 1).max(1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_spread_evenly_from_first_to_last() {
        assert_eq!(evenly(101, 5), [0, 25, 50, 75, 100]);
        assert_eq!(evenly(3, 20), [0, 1, 2]);
        assert_eq!(evenly(9, 1), [0]);
        assert_eq!(evenly(0, 20), [0; 0]);
    }
}
