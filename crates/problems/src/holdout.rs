//! Rows set aside before the others are shared out, to measure accuracy on.

use ps_core::{JobId, Purpose, Seed, WorkerId};
use rand::seq::SliceRandom;

use crate::request_error::RequestError;

/// The rows that stay and those that are set aside, both in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOut {
    /// What training sees.
    pub training: Vec<usize>,
    /// What only accuracy sees.
    pub held_out: Vec<usize>,
}

impl HoldOut {
    /// Sets aside a random `fraction` of so many rows, rounded to the nearest whole number. The
    /// draw shifts none that the partition makes.
    ///
    /// # Errors
    /// If the fraction is not in `0..1`, or not 0 and yet one of the two sides would be left
    /// without a row.
    ///
    /// # Examples
    /// ```
    /// use problems::HoldOut;
    /// use ps_core::Seed;
    ///
    /// let rows = HoldOut::draw(0.2, 10, Seed::new(1))?;
    /// assert_eq!((rows.training.len(), rows.held_out.len()), (8, 2));
    /// # Ok::<(), problems::RequestError>(())
    /// ```
    pub fn draw(fraction: f64, rows: usize, seed: Seed) -> Result<Self, RequestError> {
        let mut training: Vec<usize> = (0..rows).collect();
        if fraction == 0.0 {
            let held_out = Vec::new();
            return Ok(Self { training, held_out });
        }
        let refusal = RequestError::HoldOut { fraction, rows };
        if !(0.0..1.0).contains(&fraction) {
            return Err(refusal);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of rows"
        )]
        let size = (fraction * rows as f64).round() as usize;
        if size == 0 || size == rows {
            return Err(refusal);
        }
        // Job 0 of this purpose is the partition's own stream.
        let mut stream = seed.stream(Purpose::Partition, WorkerId::new(0), JobId::new(1));
        training.shuffle(&mut stream);
        let mut held_out = training.split_off(rows - size);
        training.sort_unstable();
        held_out.sort_unstable();
        Ok(Self { training, held_out })
    }
}

#[cfg(test)]
mod tests;
