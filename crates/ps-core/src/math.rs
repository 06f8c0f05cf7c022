//! The elementary functions that every number of a run goes through: computed in Rust, so that they
//! round alike on every machine. Those of the standard library are the system's, whose last bit
//! depends on its version and on the processor.

pub use libm::{cbrt, cos, ldexp, lgamma, log as ln, log1p as ln_1p, log10, pow, sin};

/// The version of the arithmetic, which is in the first line of every trace. It is raised whenever
/// a change moves a bit of some run.
pub const KERNELS: u32 = 2;

/// `1.5·2⁵²`: a number that is added to it is rounded to a whole one, which is then in the low bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;
/// `ln 2` in two parts. The first has twelve zeros at its end, so that a multiple of it is exact.
const LN_2: (f64, f64) = (0.693_147_180_559_663, 2.823_529_056_303_157_7e-13);

/// `(e^r − 1 − r)/r²` for `|r| ≤ ln(2)/2`, to 3·10⁻¹⁹ of `e^r`: the polynomial through it at eleven
/// Chebyshev nodes.
const POLYNOMIAL: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_112,
    0.001_388_888_888_888_373,
    0.000_198_412_698_749_012_6,
    2.480_158_732_560_532_4e-5,
    2.755_725_529_796_964_3e-6,
    2.755_727_357_010_214e-7,
    2.510_525_953_844_849_4e-8,
    2.091_471_734_171_637_8e-9,
];

/// `e^x`, to an ulp; 0, infinity and NaN as they must be.
///
/// It has no branch and no table, so that a loop over it fills the widest registers there are, and
/// each lane rounds as a single one does. `x = k·ln 2 + r`; the error before the last rounding is
/// that of one sum of at most 0.42, a quarter of an ulp of the result, and of smaller terms.
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    // Beyond these it is 0 or infinite anyhow. A NaN is neither above nor below.
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let rounded = x * std::f64::consts::LOG2_E + ROUNDING;
    let k = rounded - ROUNDING;
    let high = x - k * LN_2.0;
    let low = k * LN_2.1;
    let r = high - low;
    let lost = (high - r) - low;
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10] = POLYNOMIAL;
    let (r2, r4) = (r * r, (r * r) * (r * r));
    let first = (c0 + c1 * r) + (c2 + c3 * r) * r2;
    let second = (c4 + c5 * r) + (c6 + c7 * r) * r2;
    let third = (c8 + c9 * r) + c10 * r2;
    let q = first + (second + third * r4) * r4;
    let y = 1.0 + (r + (r2 * q + lost));
    // 2^k in two factors: one alone is out of range where the result is below the normal numbers.
    let shifted = rounded
        .to_bits()
        .wrapping_sub(ROUNDING.to_bits())
        .wrapping_add(2048);
    let half = shifted >> 1;
    let power = |exponent: u64| f64::from_bits(exponent.wrapping_sub(1) << 52);
    y * power(half) * power(shifted.wrapping_sub(half))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many numbers lie between two of the same sign.
    fn gap(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[expect(clippy::disallowed_methods, reason = "the lost part of a product")]
    /// `e^x` in twice the digits: `e^(x/2^16)` by its series, squared sixteen times, each number a
    /// sum of two.
    fn exactly(x: f64) -> f64 {
        fn two_sum(a: f64, b: f64) -> (f64, f64) {
            let sum = a + b;
            let of_b = sum - a;
            (sum, (a - (sum - of_b)) + (b - of_b))
        }
        fn add(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
            let (sum, lost) = two_sum(a.0, b.0);
            two_sum(sum, lost + a.1 + b.1)
        }
        fn multiply(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
            let product = a.0 * b.0;
            let lost = a.0.mul_add(b.0, -product) + (a.0 * b.1 + a.1 * b.0);
            two_sum(product, lost)
        }
        let small = (x / 65536.0, 0.0);
        // e^t − 1 at first, so that nothing of it is lost beside the 1: squaring is u ← 2u + u².
        let mut u = (0.0, 0.0);
        for term in (1..=12).rev() {
            let next = add((1.0, 0.0), u);
            let by = (1.0 / f64::from(term), 0.0);
            let by = (
                by.0,
                (-by.0).mul_add(f64::from(term), 1.0) / f64::from(term),
            );
            u = multiply(multiply(small, next), by);
        }
        for _ in 0..8 {
            u = add(add(u, u), multiply(u, u));
        }
        let mut power = add((1.0, 0.0), u);
        for _ in 0..8 {
            power = multiply(power, power);
        }
        power.0 + power.1
    }

    #[test]
    fn the_exponential_is_right_to_an_ulp() {
        assert_eq!(exactly(1.0), std::f64::consts::E);
        let steps = 2_000_000;
        let mut worst = 0;
        for step in 0..steps {
            let x = -40.0 + 80.0 * (f64::from(step) + 0.37) / f64::from(steps);
            worst = worst.max(gap(exp(x), exactly(x)));
        }
        assert_eq!(worst, 1);
    }

    #[test]
    fn the_exponential_agrees_with_another_over_its_whole_range() {
        for step in 0..1_500_000 {
            let x = -745.2 + f64::from(step) * 1e-3;
            let (own, other) = (exp(x), libm::exp(x));
            assert!(gap(own, other) <= 1, "{x}: {own:e}, {other:e}");
        }
    }

    #[test]
    fn the_exponential_of_what_is_out_of_range() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(f64::MAX), f64::INFINITY);
        assert_eq!(exp(709.9), f64::INFINITY);
        assert_eq!(exp(-745.2), 0.0);
        assert_eq!(exp(-745.0), f64::from_bits(1));
        assert_eq!(exp(f64::MIN_POSITIVE), 1.0);
        assert!(exp(709.7).is_finite());
        assert!(exp(f64::NAN).is_nan());
    }
}
