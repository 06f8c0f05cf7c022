//! Draws from the distributions of times, data and first models. They are here, and not from a
//! library, because each is made of elementary functions: those of [`math`](crate::math) round alike
//! on every machine, whatever another crate of the same program has switched on.

use rand::distr::{Open01, OpenClosed01};
use rand::{Rng, RngExt};

use crate::math::{exp, lgamma, ln, ln_1p, pow};
use crate::seed::Stream;
use crate::sync::OnceLock;

const LAYERS: usize = 256;

/// A density that falls from 1 at 0, cut into layers of equal area: the ziggurat of Marsaglia and
/// Tsang (2000), as simplified by Doornik (2005).
struct Ziggurat {
    /// Where each layer ends, from the base, which has the tail, to the top.
    ends: [f64; LAYERS + 1],
    /// The density there.
    densities: [f64; LAYERS + 1],
    density: fn(f64) -> f64,
}

impl Ziggurat {
    /// For a density and its inverse, where the tail begins, and the area of a layer.
    fn new(density: fn(f64) -> f64, inverse: fn(f64) -> f64, tail: f64, area: f64) -> Self {
        let mut ends = [0.0; LAYERS + 1];
        ends[0] = area / density(tail);
        ends[1] = tail;
        for layer in 2..LAYERS {
            ends[layer] = inverse(area / ends[layer - 1] + density(ends[layer - 1]));
        }
        Self {
            ends,
            densities: ends.map(density),
            density,
        }
    }

    /// A draw, or its place in the base if it is in the tail. Eight bits of a random word choose the layer, and
    /// `uniform` makes the place in it, from -1 or 0 to 1, of the others.
    fn draw(&self, rng: &mut Stream, uniform: fn(u64) -> f64) -> Result<f64, f64> {
        loop {
            let bits = rng.next_u64();
            let layer = usize::from(bits.to_le_bytes()[0]);
            let place = uniform(bits >> 12);
            let x = place * self.ends[layer];
            if x.abs() < self.ends[layer + 1] {
                return Ok(x);
            }
            if layer == 0 {
                return Err(place);
            }
            let (low, high) = (self.densities[layer], self.densities[layer + 1]);
            if high + (low - high) * rng.random::<f64>() < (self.density)(x) {
                return Ok(x);
            }
        }
    }
}

/// From 1 to 2, by 52 bits.
fn one_to_two(bits: u64) -> f64 {
    f64::from_bits(bits | 1.0f64.to_bits())
}

/// From the normal distribution with mean 0 and standard deviation 1.
#[must_use]
pub fn normal(rng: &mut Stream) -> f64 {
    const TAIL: f64 = 3.654_152_885_361_009;
    const AREA: f64 = 0.004_928_673_233_99;
    static ZIGGURAT: OnceLock<Ziggurat> = OnceLock::new();
    let density = |x: f64| exp(-x * x / 2.0);
    let inverse = |y: f64| (-2.0 * ln(y)).sqrt();
    let ziggurat = ZIGGURAT.get_or_init(|| Ziggurat::new(density, inverse, TAIL, AREA));
    let drawn = ziggurat.draw(rng, |bits| 2.0 * one_to_two(bits) - 3.0);
    drawn.unwrap_or_else(|place| {
        loop {
            let (x, y): (f64, f64) = (rng.sample(Open01), rng.sample(Open01));
            let (x, y) = (ln(x) / TAIL, ln(y));
            if -2.0 * y >= x * x {
                return (TAIL - x).copysign(place);
            }
        }
    })
}

/// From the exponential distribution with mean 1.
#[must_use]
pub fn exponential(rng: &mut Stream) -> f64 {
    const TAIL: f64 = 7.697_117_470_131_05;
    const AREA: f64 = 0.003_949_659_822_581_557;
    static ZIGGURAT: OnceLock<Ziggurat> = OnceLock::new();
    let ziggurat = ZIGGURAT.get_or_init(|| Ziggurat::new(|x| exp(-x), |y| -ln(y), TAIL, AREA));
    let drawn = ziggurat.draw(rng, |bits| one_to_two(bits) - (1.0 - f64::EPSILON / 2.0));
    drawn.unwrap_or_else(|_| TAIL - ln(rng.random::<f64>().max(f64::MIN_POSITIVE)))
}

/// From the gamma distribution with this shape, above 0, and scale 1 (Marsaglia and Tsang 2000).
#[must_use]
pub fn gamma(shape: f64, rng: &mut Stream) -> f64 {
    if shape == 1.0 {
        return exponential(rng);
    }
    if shape < 1.0 {
        let uniform: f64 = rng.sample(Open01);
        return gamma(shape + 1.0, rng) * pow(uniform, 1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let root = 1.0 + c * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let uniform: f64 = rng.sample(Open01);
        let squared = x * x;
        if uniform < 1.0 - 0.0331 * squared * squared
            || ln(uniform) < 0.5 * squared + d * (1.0 - v + ln(v))
        {
            return d * v;
        }
    }
}

/// From the Pareto distribution with this least value and this tail index, both above 0.
#[must_use]
pub fn pareto(least: f64, index: f64, rng: &mut Stream) -> f64 {
    let uniform: f64 = rng.sample(OpenClosed01);
    least * pow(uniform, -1.0 / index)
}

/// From the Poisson distribution with this mean, above 0.
#[must_use]
pub fn poisson(mean: f64, rng: &mut Stream) -> f64 {
    const FEW: f64 = 12.0;
    if mean >= FEW {
        return many(mean, rng);
    }
    let (least, mut product, mut count) = (exp(-mean), rng.random::<f64>(), 0.0);
    while product > least {
        product *= rng.random::<f64>();
        count += 1.0;
    }
    count
}

/// The probability of `k` under the Poisson distribution with this mean. By Stirling's series where
/// that is right to the last digits, so that nothing large is subtracted.
fn probability(k: f64, mean: f64) -> f64 {
    if k < 10.0 {
        return exp(k * ln(mean) - mean - lgamma(k + 1.0));
    }
    let off = (mean - k) / k;
    let correction = 1.0 / (12.0 * k) - 1.0 / (360.0 * k * k * k);
    exp(k * (ln_1p(off) - off) - correction) / (2.0 * std::f64::consts::PI * k).sqrt()
}

/// Poisson draws by rejection from a normal one (Ahrens and Dieter 1982, algorithm PD).
fn many(mean: f64, rng: &mut Stream) -> f64 {
    let deviation = mean.sqrt();
    let b1 = 1.0 / 24.0 / mean;
    let b2 = 0.3 * b1 * b1;
    let c3 = 1.0 / 7.0 * b1 * b2;
    let c2 = b2 - 15.0 * c3;
    let c1 = b1 - 6.0 * b2 + 45.0 * c3;
    let c0 = 1.0 - b1 + 3.0 * b2 - 15.0 * c3;
    let omega = 1.0 / (2.0 * std::f64::consts::PI).sqrt() / deviation;
    let bell = |k: f64| {
        let x = (k - mean + 0.5) / deviation;
        let x2 = x * x;
        omega * (((c3 * x2 + c2) * x2 + c1) * x2 + c0) * exp(-0.5 * x2)
    };
    let first = mean + deviation * normal(rng);
    if first >= 0.0 {
        let k = first.floor();
        if k >= (mean - 1.1484).floor() {
            return k;
        }
        let uniform: f64 = rng.random();
        let below = mean - k;
        if 6.0 * mean * mean * uniform >= below * below * below
            || bell(k) * (1.0 - uniform) <= probability(k, mean)
        {
            return k;
        }
    }
    loop {
        let e = exponential(rng);
        let uniform = 2.0 * rng.random::<f64>() - 1.0;
        let t = 1.8 + e.copysign(uniform);
        if t <= -0.6744 {
            continue;
        }
        let k = (mean + deviation * t).floor();
        if 0.1069 / mean * uniform.abs() <= (probability(k, mean) - bell(k)) * exp(e) {
            return k;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// The mean and the standard deviation of many draws, against those that they must have: five
    /// standard errors of each.
    fn moments(name: &str, mean: f64, deviation: f64, draw: impl Fn(&mut Stream) -> f64) {
        let n = 200_000;
        let mut rng = Stream::seed_from_u64(11);
        let draws: Vec<f64> = (0..n).map(|_| draw(&mut rng)).collect();
        let found = draws.iter().sum::<f64>() / f64::from(n);
        let powers = |power: i32| draws.iter().map(move |x| (x - found).powi(power));
        let variance = powers(2).sum::<f64>() / f64::from(n);
        let fourth = powers(4).sum::<f64>() / f64::from(n);
        let off = (found - mean).abs();
        assert!(off < 5.0 * deviation / f64::from(n).sqrt(), "{name}: {off}");
        let error = ((fourth - variance * variance) / f64::from(n)).sqrt();
        let off = (variance - deviation * deviation).abs();
        assert!(off < 5.0 * error, "{name}: {off}, {error}");
    }

    #[test]
    fn each_distribution_has_its_mean_and_its_deviation() {
        moments("normal", 0.0, 1.0, normal);
        moments("exponential", 1.0, 1.0, exponential);
        for shape in [0.3, 1.0, 2.5, 80.0f64] {
            moments("gamma", shape, shape.sqrt(), |rng| gamma(shape, rng));
        }
        for mean in [0.4, 7.0, 12.0, 40.0, 1e4f64] {
            moments("poisson", mean, mean.sqrt(), |rng| poisson(mean, rng));
        }
        let deviation = (5.0f64 / 48.0).sqrt();
        moments("pareto", 1.25, deviation, |rng| pareto(1.0, 5.0, rng));
    }

    #[test]
    fn the_probabilities_of_poisson_add_up_to_one() {
        for mean in [12.0, 40.0, 400.0] {
            let sum: f64 = (0..1000).map(|k| probability(f64::from(k), mean)).sum();
            // What Stirling's series leaves out is 1/(1260·k⁵).
            assert!((sum - 1.0).abs() < 1e-8, "{mean}: {sum}");
        }
    }

    #[test]
    fn the_share_beyond_where_the_tails_begin_is_right() {
        let n = 4_000_000;
        let mut rng = Stream::seed_from_u64(5);
        let mut check = |draw: fn(&mut Stream) -> f64, expected: [(f64, f64); 2]| {
            let mut far = [0.0; 2];
            for _ in 0..n {
                let drawn = draw(&mut rng).abs();
                far[0] += f64::from(u8::from(drawn > expected[0].0));
                far[1] += f64::from(u8::from(drawn > expected[1].0));
            }
            for (found, (_, expected)) in far.into_iter().zip(expected) {
                assert!((found - expected).abs() < 5.0 * expected.sqrt(), "{found}");
            }
        };
        // 2·(1 − Φ(x))·n and e^(−x)·n: where the tail begins, and in it.
        check(normal, [(3.6541528853, 1032.1), (4.2, 106.7)]);
        check(exponential, [(7.697_117_47, 1816.5), (9.0, 493.6)]);
    }
}
