//! The three loops over the components of a model. Each is one pass; the check for NaN and infinity is a reduction
//! without a branch, because `v − v` is 0 for a finite `v` and NaN otherwise.

use ps_core::Scalar;

/// Sums kept side by side, so that the check fills vector registers and its order never changes.
const LANES: usize = 16;

/// Writes `x − γ·g` into `g`. False if any component of it is not finite.
#[must_use]
pub(crate) fn descend<T: Scalar>(x: &[T], g: &mut [T], step_size: T) -> bool {
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (g, g_rest) = g.as_chunks_mut::<LANES>();
    let mut check = [T::ZERO; LANES];
    for (x, g) in x.iter().zip(g) {
        for lane in 0..LANES {
            let next = x[lane] - step_size * g[lane];
            g[lane] = next;
            check[lane] += zero_if_finite(next);
        }
    }
    for (x, g) in x_rest.iter().zip(g_rest) {
        *g = *x - step_size * *g;
        check[0] += zero_if_finite(*g);
    }
    check.iter().all(|&sum| sum == T::ZERO)
}

/// Writes `x − γ·sum` into `out`. False if any component of it is not finite.
#[must_use]
pub(crate) fn descend_along<T: Scalar>(x: &[T], sum: &[T], step_size: T, out: &mut [T]) -> bool {
    out.copy_from_slice(sum);
    descend(x, out, step_size)
}

/// Adds `weight·g` to `sum`. False if any component of the result is not finite.
#[must_use]
pub(crate) fn accumulate<T: Scalar>(sum: &mut [T], weight: T, g: &[T]) -> bool {
    let (sum, sum_rest) = sum.as_chunks_mut::<LANES>();
    let (g, g_rest) = g.as_chunks::<LANES>();
    let mut check = [T::ZERO; LANES];
    for (sum, g) in sum.iter_mut().zip(g) {
        for lane in 0..LANES {
            sum[lane] += weight * g[lane];
            check[lane] += zero_if_finite(sum[lane]);
        }
    }
    for (sum, g) in sum_rest.iter_mut().zip(g_rest) {
        *sum += weight * *g;
        check[0] += zero_if_finite(*sum);
    }
    check.iter().all(|&sum| sum == T::ZERO)
}

#[expect(
    clippy::eq_op,
    reason = "infinity and NaN do not cancel: that is the check"
)]
fn zero_if_finite<T: Scalar>(value: T) -> T {
    value - value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every length around a multiple of the lanes, every position of the bad component.
    #[test]
    fn a_single_bad_component_is_found_wherever_it_is() {
        for dim in [1, 15, 16, 17, 33] {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                for position in 0..dim {
                    let x = vec![1.0f32; dim];
                    let mut g = vec![1.0f32; dim];
                    g[position] = bad;
                    let mut sum = vec![0.0f32; dim];
                    assert!(!accumulate(&mut sum, 0.5, &g), "{dim} {bad} {position}");
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
}
