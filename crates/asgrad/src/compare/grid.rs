//! The step sizes that are tried.

use std::fmt;
use std::ops::RangeInclusive;

use ps_core::math;

/// The step sizes 2^a … 2^b.
///
/// # Examples
/// ```
/// use asgrad::compare::Grid;
///
/// let grid = Grid::powers_of_two(-2..=0).expect("a range of exponents that are not too large");
/// assert_eq!(grid.step_sizes(), [1.0, 0.5, 0.25]);
/// assert_eq!(Grid::powers_of_two(0..=1000), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    from: i32,
    to: i32,
}

impl Default for Grid {
    fn default() -> Self {
        Self { from: -10, to: 1 }
    }
}

impl Grid {
    /// Exponents are between −60 and 60: the number type of a model has no more.
    pub const FARTHEST: i32 = 60;

    /// With these exponents; none if there are none, or they are beyond
    /// [`FARTHEST`](Self::FARTHEST).
    pub fn powers_of_two(exponents: RangeInclusive<i32>) -> Option<Self> {
        let (from, to) = exponents.into_inner();
        let fits = -Self::FARTHEST <= from && from <= to && to <= Self::FARTHEST;
        fits.then_some(Self { from, to })
    }

    /// The largest first, so that it wins ties.
    #[must_use]
    pub fn step_sizes(self) -> Vec<f64> {
        let exponents = (self.from..=self.to).rev();
        exponents
            .map(|exponent| math::ldexp(1.0, exponent))
            .collect()
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2^{} … 2^{}", self.from, self.to)
    }
}
