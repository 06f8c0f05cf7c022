//! The loops over the components of a model. Each is one pass that also sums its results up: a sum
//! of finite numbers is finite (or overflows, which a second look tells apart), and one NaN or
//! infinity makes it NaN or infinite. That costs one addition for each vector register, where a
//! flag for each component would cost several.

use ps_core::Scalar;
use ps_core::wide::{Kernel, wide};

/// Writes `x − γ·g` into `g`. False if any component of it is not finite.
#[inline]
#[must_use]
pub(crate) fn descend<T: Scalar>(x: &[T], g: &mut [T], step_size: T) -> bool {
    change(g, x, |g, x| x - step_size * g)
}

/// Adds `weight·g` to `sum`. False if any component of the result is not finite.
#[must_use]
pub(crate) fn accumulate<T: Scalar>(sum: &mut [T], weight: T, g: &[T]) -> bool {
    change(sum, g, |sum, g| sum + weight * g)
}

/// Writes `f(out, other)` into `out`. False if any component of it is not finite.
#[inline]
fn change<T: Scalar>(out: &mut [T], other: &[T], f: impl Fn(T, T) -> T) -> bool {
    let sum_is_finite = wide::<T, _>(Change {
        out: &mut *out,
        other,
        f,
    });
    sum_is_finite || out.iter().all(|v| v.is_finite())
}

/// `out ← f(out, other)`; whether the sum of all components is finite.
struct Change<'a, T, F> {
    out: &'a mut [T],
    other: &'a [T],
    f: F,
}

impl<T: Scalar, F: Fn(T, T) -> T> Kernel for Change<'_, T, F> {
    type Output = bool;

    #[inline(always)]
    fn run<const LANES: usize>(self) -> bool {
        let (out, out_rest) = self.out.as_chunks_mut::<LANES>();
        let (other, other_rest) = self.other.as_chunks::<LANES>();
        let mut sums = [T::ZERO; LANES];
        for (out, other) in out.iter_mut().zip(other) {
            // By value: what may lie in the same memory would keep the sums out of the registers.
            let (mut next, other) = (*out, *other);
            for lane in 0..LANES {
                next[lane] = (self.f)(next[lane], other[lane]);
            }
            for lane in 0..LANES {
                sums[lane] += next[lane];
            }
            *out = next;
        }
        for (out, other) in out_rest.iter_mut().zip(other_rest) {
            *out = (self.f)(*out, *other);
            sums[0] += *out;
        }
        sums.iter().all(|sum| sum.is_finite())
    }
}

/// Writes `x − γ·sum` into `out`. False if any component of it is not finite.
#[must_use]
pub(crate) fn descend_along<T: Scalar>(x: &[T], sum: &[T], step_size: T, out: &mut [T]) -> bool {
    let sum_is_finite = wide::<T, _>(DescendAlong {
        x,
        sum,
        step_size,
        out: &mut *out,
    });
    sum_is_finite || out.iter().all(|v| v.is_finite())
}

/// `out ← x − γ·sum`; whether the sum of all components is finite.
struct DescendAlong<'a, T> {
    x: &'a [T],
    sum: &'a [T],
    step_size: T,
    out: &'a mut [T],
}

impl<T: Scalar> Kernel for DescendAlong<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<const LANES: usize>(self) -> bool {
        let (x, x_rest) = self.x.as_chunks::<LANES>();
        let (sum, sum_rest) = self.sum.as_chunks::<LANES>();
        let (out, out_rest) = self.out.as_chunks_mut::<LANES>();
        let mut sums = [T::ZERO; LANES];
        for ((x, sum), out) in x.iter().zip(sum).zip(out) {
            let (mut next, sum) = (*x, *sum);
            for lane in 0..LANES {
                next[lane] -= self.step_size * sum[lane];
            }
            for lane in 0..LANES {
                sums[lane] += next[lane];
            }
            *out = next;
        }
        for ((x, sum), out) in x_rest.iter().zip(sum_rest).zip(out_rest) {
            *out = *x - self.step_size * *sum;
            sums[0] += *out;
        }
        sums.iter().all(|sum| sum.is_finite())
    }
}

/// Writes `sum/weight` into `out`. Dividing is what takes the time, and wider registers divide no faster.
pub(crate) fn divide<T: Scalar>(sum: &[T], weight: T, out: &mut [T]) {
    for (out, sum) in out.iter_mut().zip(sum) {
        *out = *sum / weight;
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

/// `Σ (g/divisor)²`; dividing is what takes the time.
fn sum_of_squares<T: Scalar>(g: &[T], divisor: f64) -> f64 {
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

/// `‖x − y‖`.
#[must_use]
pub(crate) fn distance<T: Scalar>(x: &[T], y: &[T]) -> f64 {
    wide::<T, _>(Distance { x, y })
}

/// `‖x − y‖`.
struct Distance<'a, T> {
    x: &'a [T],
    y: &'a [T],
}

impl<T: Scalar> Kernel for Distance<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<const LANES: usize>(self) -> f64 {
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
