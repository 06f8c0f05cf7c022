//! The loops over the components of a model. Each is one pass that also sums its results up: a sum
//! of finite numbers is finite (or overflows, which a second look tells apart), and one NaN or
//! infinity makes it NaN or infinite. That costs one addition for each vector register, where a
//! flag for each component would cost several.

use ps_core::Scalar;
use ps_core::wide::{Kernel, wide};

/// Sums that are kept side by side. With fewer the compiler leaves the loops over `f64` scalar, half
/// as fast.
const LANES: usize = 32;

/// Writes `x − γ·g` into `g`. False if any component of it is not finite.
#[inline]
#[must_use]
pub(crate) fn descend<T: Scalar>(x: &[T], g: &mut [T], step_size: T) -> bool {
    let sum_is_finite = wide(Descend::<T, LANES> { x, g, step_size });
    sum_is_finite || g.iter().all(|v| v.is_finite())
}

/// `g ← x − γ·g`; whether the sum of all components is finite.
struct Descend<'a, T, const LANES: usize> {
    x: &'a [T],
    g: &'a mut [T],
    step_size: T,
}

impl<T: Scalar, const LANES: usize> Kernel for Descend<'_, T, LANES> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        descend_in::<T, LANES>(self.x, self.g, self.step_size)
    }
}

#[inline(always)]
fn descend_in<T: Scalar, const LANES: usize>(x: &[T], g: &mut [T], step_size: T) -> bool {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (g, g_rest) = g.as_chunks_mut::<LANES>();
    let mut sums = [T::ZERO; LANES];
    for (x, g) in x.iter().zip(g) {
        for lane in 0..LANES {
            let next = x[lane] - step_size * g[lane];
            g[lane] = next;
            sums[lane] += next;
        }
    }
    for (x, g) in x_rest.iter().zip(g_rest) {
        *g = *x - step_size * *g;
        sums[0] += *g;
    }
    sums.iter().all(|sum| sum.is_finite())
}

/// Writes `x − γ·sum` into `out`. False if any component of it is not finite.
#[must_use]
pub(crate) fn descend_along<T: Scalar>(x: &[T], sum: &[T], step_size: T, out: &mut [T]) -> bool {
    let sum_is_finite = wide(DescendAlong::<T, LANES> {
        x,
        sum,
        step_size,
        out,
    });
    sum_is_finite || out.iter().all(|v| v.is_finite())
}

/// `out ← x − γ·sum`; whether the sum of all components is finite.
struct DescendAlong<'a, T, const LANES: usize> {
    x: &'a [T],
    sum: &'a [T],
    step_size: T,
    out: &'a mut [T],
}

impl<T: Scalar, const LANES: usize> Kernel for DescendAlong<'_, T, LANES> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        descend_along_in::<T, LANES>(self.x, self.sum, self.step_size, self.out)
    }
}

#[inline(always)]
fn descend_along_in<T: Scalar, const LANES: usize>(
    x: &[T],
    sum: &[T],
    step_size: T,
    out: &mut [T],
) -> bool {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (sum, sum_rest) = sum.as_chunks::<LANES>();
    let (out, out_rest) = out.as_chunks_mut::<LANES>();
    let mut sums = [T::ZERO; LANES];
    for ((x, sum), out) in x.iter().zip(sum).zip(out) {
        for lane in 0..LANES {
            out[lane] = x[lane] - step_size * sum[lane];
            sums[lane] += out[lane];
        }
    }
    for ((x, sum), out) in x_rest.iter().zip(sum_rest).zip(out_rest) {
        *out = *x - step_size * *sum;
        sums[0] += *out;
    }
    sums.iter().all(|sum| sum.is_finite())
}

/// Adds `weight·g` to `sum`. False if any component of the result is not finite.
#[must_use]
pub(crate) fn accumulate<T: Scalar>(sum: &mut [T], weight: T, g: &[T]) -> bool {
    let sum_is_finite = wide(Accumulate::<T, LANES> { sum, weight, g });
    sum_is_finite || sum.iter().all(|v| v.is_finite())
}

/// `sum ← sum + weight·g`; whether the sum of all components is finite.
struct Accumulate<'a, T, const LANES: usize> {
    sum: &'a mut [T],
    weight: T,
    g: &'a [T],
}

impl<T: Scalar, const LANES: usize> Kernel for Accumulate<'_, T, LANES> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        accumulate_in::<T, LANES>(self.sum, self.weight, self.g)
    }
}

#[inline(always)]
fn accumulate_in<T: Scalar, const LANES: usize>(sum: &mut [T], weight: T, g: &[T]) -> bool {
    let (sum, sum_rest) = sum.as_chunks_mut::<LANES>();
    let (g, g_rest) = g.as_chunks::<LANES>();
    let mut sums = [T::ZERO; LANES];
    for (sum, g) in sum.iter_mut().zip(g) {
        for lane in 0..LANES {
            sum[lane] += weight * g[lane];
            sums[lane] += sum[lane];
        }
    }
    for (sum, g) in sum_rest.iter_mut().zip(g_rest) {
        *sum += weight * *g;
        sums[0] += *sum;
    }
    sums.iter().all(|sum| sum.is_finite())
}

/// Writes `sum/weight` into `out`.
pub(crate) fn divide<T: Scalar>(sum: &[T], weight: T, out: &mut [T]) {
    wide(Divide { sum, weight, out });
}

/// `out ← sum/weight`.
struct Divide<'a, T> {
    sum: &'a [T],
    weight: T,
    out: &'a mut [T],
}

impl<T: Scalar> Kernel for Divide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { sum, weight, out } = self;
        for (out, sum) in out.iter_mut().zip(sum) {
            *out = *sum / weight;
        }
    }
}

/// `‖g‖`, infinite if that is out of range: components too large or too small to be squared are
/// divided by the largest one first.
#[must_use]
pub(crate) fn norm<T: Scalar>(g: &[T]) -> f64 {
    let squares = sum_of_squares(g, 1.0);
    if squares.is_normal() {
        return squares.sqrt();
    }
    let (largest, rest) = norm_in_factors(g);
    largest * rest
}

/// The largest component and `‖g‖` over that, which are in range even where their product is not.
#[must_use]
pub(crate) fn norm_in_factors<T: Scalar>(g: &[T]) -> (f64, f64) {
    let largest = g.iter().map(|g| g.to_f64().abs()).fold(0.0, f64::max);
    if largest == 0.0 || largest.is_infinite() {
        return (largest, 1.0);
    }
    (largest, sum_of_squares(g, largest).sqrt())
}

/// The nearest value of this type, but not 0: the smallest normal number at least. For constants
/// that keep a divisor from zero.
#[must_use]
pub(crate) fn positive<T: Scalar>(value: f64) -> T {
    let (value, least) = (T::from_f64(value), T::MIN_POSITIVE);
    if value < least { least } else { value }
}

/// The nearest value of this type, but less than 1. For what is left of the past, so that it fades.
#[must_use]
pub(crate) fn below_one<T: Scalar>(value: f64) -> T {
    let (value, most) = (T::from_f64(value), T::BELOW_ONE);
    if value > most { most } else { value }
}

fn sum_of_squares<T: Scalar>(g: &[T], divisor: f64) -> f64 {
    wide(SumOfSquares { g, divisor })
}

/// `Σ (g/divisor)²`.
struct SumOfSquares<'a, T> {
    g: &'a [T],
    divisor: f64,
}

impl<T: Scalar> Kernel for SumOfSquares<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Self { g, divisor } = self;
        let (g, g_rest) = g.as_chunks::<16>();
        let mut sums = [0.0; 16];
        for g in g {
            for lane in 0..16 {
                let component = g[lane].to_f64() / divisor;
                sums[lane] += component * component;
            }
        }
        for g in g_rest {
            let component = g.to_f64() / divisor;
            sums[0] += component * component;
        }
        sums.iter().sum()
    }
}

/// `‖x − y‖`.
#[must_use]
pub(crate) fn distance<T: Scalar>(x: &[T], y: &[T]) -> f64 {
    wide(Distance { x, y })
}

/// `‖x − y‖`.
struct Distance<'a, T> {
    x: &'a [T],
    y: &'a [T],
}

impl<T: Scalar> Kernel for Distance<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let Self { x, y } = self;
        let (x, x_rest) = x.as_chunks::<16>();
        let (y, y_rest) = y.as_chunks::<16>();
        let mut sums = [0.0; 16];
        for (x, y) in x.iter().zip(y) {
            for lane in 0..16 {
                let gap = x[lane].to_f64() - y[lane].to_f64();
                sums[lane] += gap * gap;
            }
        }
        for (x, y) in x_rest.iter().zip(y_rest) {
            let gap = x.to_f64() - y.to_f64();
            sums[0] += gap * gap;
        }
        sums.iter().sum::<f64>().sqrt()
    }
}

#[cfg(test)]
mod tests;
