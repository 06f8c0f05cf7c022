//! The loops over the components of a model. Each is one pass that also sums its results up: a sum
//! of finite numbers is finite (or overflows, which a second look tells apart), and one NaN or
//! infinity makes it NaN or infinite. That costs one addition for each vector register, where a
//! flag for each component would cost several.

use ps_core::Scalar;

/// Writes `x − γ·g` into `g`. False if any component of it is not finite.
#[inline]
#[must_use]
pub(crate) fn descend<T: Scalar>(x: &[T], g: &mut [T], step_size: T) -> bool {
    // Sums kept side by side fill half of the vector registers that every x86-64 has; their order
    // never changes.
    let sum_is_finite = match size_of::<T>() {
        4 => descend_in::<T, 32>(x, g, step_size),
        _ => descend_in::<T, 16>(x, g, step_size),
    };
    sum_is_finite || g.iter().all(|v| v.is_finite())
}

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
    let sum_is_finite = match size_of::<T>() {
        4 => descend_along_in::<T, 32>(x, sum, step_size, out),
        _ => descend_along_in::<T, 16>(x, sum, step_size, out),
    };
    sum_is_finite || out.iter().all(|v| v.is_finite())
}

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
    let sum_is_finite = match size_of::<T>() {
        4 => accumulate_in::<T, 32>(sum, weight, g),
        _ => accumulate_in::<T, 16>(sum, weight, g),
    };
    sum_is_finite || sum.iter().all(|v| v.is_finite())
}

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

#[inline]
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

#[cfg(test)]
mod tests {
    use ps_core::scalar::all_finite;

    use super::*;

    /// Every length around a multiple of the lanes, every position of the bad component.
    #[test]
    fn a_single_bad_component_is_found_wherever_it_is() {
        for dim in [1, 15, 16, 31, 32, 33, 65] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for position in 0..dim {
                    let x = vec![1.0f32; dim];
                    let mut g = vec![1.0f32; dim];
                    g[position] = bad;
                    let mut sum = vec![0.0f32; dim];
                    assert!(!accumulate(&mut sum, 0.5, &g), "{dim} {bad} {position}");
                    let mut out = vec![0.0f32; dim];
                    assert!(
                        !descend_along(&x, &g, 0.5, &mut out),
                        "{dim} {bad} {position}"
                    );
                    assert!(!all_finite(&g), "{dim} {bad} {position}");
                    assert!(!descend(&x, &mut g, 0.5), "{dim} {bad} {position}");
                }
            }
        }
    }

    #[test]
    fn the_step_is_the_plain_formula_bit_for_bit() {
        let x: Vec<f64> = (0..37).map(|i| f64::from(i).sin()).collect();
        let g: Vec<f64> = (0..37).map(|i| f64::from(i).cos()).collect();
        let plain: Vec<f64> = x.iter().zip(&g).map(|(x, g)| x - 0.3 * g).collect();
        let mut in_place = g.clone();
        assert!(descend(&x, &mut in_place, 0.3));
        assert_eq!(in_place, plain);
        let mut along = vec![0.0; 37];
        assert!(descend_along(&x, &g, 0.3, &mut along));
        assert_eq!(along, plain);
    }

    #[test]
    fn a_sum_that_overflows_is_no_fault_of_the_components() {
        let huge = [f64::MAX; 64];
        let mut g = [0.0; 64];
        assert!(descend(&huge, &mut g, 1.0));
        let mut sum = [0.0; 64];
        assert!(accumulate(&mut sum, 1.0, &huge));
        assert!(all_finite(&huge));
    }

    #[test]
    fn a_norm_neither_overflows_nor_vanishes() {
        let powers = [1e-320, 1e-300, 1e-162, 1.0, 1e154, 1e300];
        for scale in powers {
            let mut g = vec![0.0; 37];
            (g[3], g[36]) = (3.0 * scale, -4.0 * scale);
            let relative = norm(&g) / (5.0 * scale);
            assert!((relative - 1.0).abs() < 1e-3, "{scale}: {relative}");
        }
        let single = norm(&[3e38f32, -1e38]);
        assert!((single / 3e38f64.hypot(1e38) - 1.0).abs() < 1e-7);
        assert_eq!(norm(&[0.0; 17]), 0.0);
        assert_eq!(norm(&[1.0, f64::INFINITY]), f64::INFINITY);
        assert_eq!(norm_in_factors(&[f64::MAX; 4]), (f64::MAX, 2.0));
    }

    #[test]
    fn constants_are_rounded_but_not_to_zero_and_not_to_one() {
        assert_eq!(positive::<f32>(1e-46), f32::MIN_POSITIVE);
        assert_eq!(positive::<f64>(1e-46), 1e-46);
        assert_eq!(positive::<f32>(0.1), 0.1f32);
        assert_eq!(below_one::<f32>(0.999_999_999), 1.0 - f32::EPSILON / 2.0);
        assert_eq!(below_one::<f64>(0.999_999_999), 0.999_999_999);
        assert_eq!(below_one::<f32>(0.9), 0.9f32);
    }

    #[test]
    fn a_distance_is_that_of_the_plain_formula() {
        let x: Vec<f64> = (0..37).map(f64::from).collect();
        let y = vec![2.0; 37];
        let plain: f64 = x.iter().map(|x| (x - 2.0) * (x - 2.0)).sum();
        assert_eq!(distance(&x, &y), plain.sqrt());
        assert_eq!(distance(&x, &x), 0.0);
    }
}
