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

/// How far the usual grid grows.
const WIDEST: RangeInclusive<i32> = -20..=10;

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

    /// Whether it grows where the best step size lies at its edge: the usual one does.
    pub(super) fn grows(self) -> bool {
        self == Self::default()
    }

    /// One exponent wider on the side of this step size, if that lies at an edge which can still be
    /// moved, with the step size that is new.
    pub(super) fn grown(self, best: f64) -> Option<(Self, f64)> {
        let (from, to) = (self.from, self.to);
        let power = |exponent| math::ldexp(1.0, exponent);
        if best == power(to) && to < *WIDEST.end() {
            let to = to + 1;
            Some((Self { from, to }, power(to)))
        } else if best == power(from) && from > *WIDEST.start() {
            let from = from - 1;
            Some((Self { from, to }, power(from)))
        } else {
            None
        }
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
