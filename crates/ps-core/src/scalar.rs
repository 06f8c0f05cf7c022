//! The number type of the model: `f32` or `f64`.

use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use crate::sync::{AtomicF32, AtomicF64, Component};
use crate::wide::{Kernel, wide};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`. It appears where data is (snapshots, oracles, the data plane) and never in a
/// method.
pub trait Scalar:
    sealed::Sealed
    + Copy
    + Default
    + PartialOrd
    + PartialEq
    + Debug
    + Display
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + Sum
{
    /// A component of a model that threads share without a server.
    type Atomic: Component<Self>;

    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest finite value.
    const MAX: Self;
    /// The smallest positive normal value.
    const MIN_POSITIVE: Self;
    /// The largest value below 1.
    const BELOW_ONE: Self;
    /// Not a number.
    const NAN: Self;
    /// The name of the type, as `--precision` and the trace write it.
    const NAME: &'static str;

    /// The nearest value of this type.
    #[must_use]
    fn from_f64(value: f64) -> Self;
    /// The same value as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// The square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The absolute value.
    #[must_use]
    fn abs(self) -> Self;
    /// Appends the little-endian bytes of `values` to `out`: what the hash of a model is taken
    /// over.
    fn extend_le_bytes(values: &[Self], out: &mut Vec<u8>);
    /// Calls the one of two functions that is for this number type.
    fn choose<F: ForEach>(input: F::In<Self>) -> F::Out<Self>;
}

/// A function for either number type, as two functions. [`Scalar::choose`] calls the one of them.
pub trait ForEach {
    /// What it takes.
    type In<T: Scalar>;
    /// What it returns.
    type Out<T: Scalar>;

    /// That for `f32`.
    fn in_f32(input: Self::In<f32>) -> Self::Out<f32>;
    /// That for `f64`.
    fn in_f64(input: Self::In<f64>) -> Self::Out<f64>;
}

/// Whether every value is finite: a sum of finite ones is, or overflows, which a second look tells
/// apart. That costs one addition for each vector register, where a flag for each value would cost
/// several.
#[must_use]
pub fn all_finite<T: Scalar>(values: &[T]) -> bool {
    let sum_is_finite = wide::<T, _>(SumIsFinite(values));
    sum_is_finite || values.iter().all(|v| v.is_finite())
}

/// Whether the sum of all is finite.
struct SumIsFinite<'a, T>(&'a [T]);

impl<T: Scalar> Kernel for SumIsFinite<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<const LANES: usize>(self) -> bool {
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        let mut sums = [T::ZERO; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] += chunk[lane];
            }
        }
        for value in rest {
            sums[0] += *value;
        }
        sums.iter().all(|sum| sum.is_finite())
    }
}

/// Whether a model has run away: the square of a component would leave the range of the number
/// type, so that gradients at it say nothing.
#[must_use]
pub fn has_run_away<T: Scalar>(model: &[T]) -> bool {
    let bound = T::MAX.sqrt();
    model.iter().any(|v| v.abs() > bound)
}

macro_rules! scalar {
    ($t:ident, $atomic:ident, $choice:ident) => {
        impl Scalar for $t {
            type Atomic = $atomic;

            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = $t::MAX;
            const MIN_POSITIVE: Self = $t::MIN_POSITIVE;
            const BELOW_ONE: Self = 1.0 - $t::EPSILON / 2.0;
            const NAN: Self = $t::NAN;
            const NAME: &'static str = stringify!($t);

            #[allow(
                clippy::cast_possible_truncation,
                reason = "rounding to the nearest f32 is what is asked for"
            )]
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            fn abs(self) -> Self {
                $t::abs(self)
            }
            fn extend_le_bytes(values: &[Self], out: &mut Vec<u8>) {
                out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            }
            fn choose<F: ForEach>(input: F::In<Self>) -> F::Out<Self> {
                F::$choice(input)
            }
        }
    };
}
scalar!(f32, AtomicF32, in_f32);
scalar!(f64, AtomicF64, in_f64);
