//! How long things take: the distributions of compute, download and upload times.

use ps_core::form::{Domain, Kind, Limit, Named, Parameter, Syntax, Values};
use ps_core::{Stream, choice, distribution, math};
use rand::RngExt;

choice! {
    /// The law of a time, for a worker whose time for one gradient is `s` units. Drawn
    /// anew for each job.
    ///
    /// # Examples
    /// ```
    /// use workers::Law;
    ///
    /// let law: Law = "lognormal:0.5".parse()?;
    /// assert_eq!(law, Law::lognormal(0.5));
    /// assert_eq!(law.to_string(), "lognormal:0.5");
    /// # Ok::<(), ps_core::form::FormError>(())
    /// ```
    pub struct Law(Draw);

    /// No time at all: nothing is emulated.
    fn none();
    /// `s`.
    fn fixed();
    /// Poisson with mean `s`; may be 0.
    fn poisson();
    /// `|N(s, s)| + 1`, with standard deviation `s`.
    fn normal();
    /// `U(0, s) + 1`.
    fn uniform();
    /// Exponential with mean `s`.
    fn exponential();
    /// Log-normal with mean `s`, and this standard deviation of the logarithm, `σ`.
    fn lognormal(sigma: f64);
    /// Pareto with mean `s` and this tail index, `α`: heavy tails. The variance is infinite up
    /// to 2.
    fn pareto(alpha: f64);
    /// Gamma with mean `s` and this shape, `k`.
    fn gamma(shape: f64);
}

/// How a time is drawn, in units, for a worker whose time is `s > 0`, from a random stream that is
/// called where chance is involved.
#[derive(Clone, Copy, Debug)]
pub struct Draw(fn(f64, &Values, &dyn Fn() -> Stream) -> f64);

/// Standard deviation of the logarithm. Beyond 5, almost every time is nothing.
const SIGMA: Domain = Domain::Real(Limit::Excluded(0.0), Limit::Included(5.0));
/// Tail index. Below 1.01, nearly all times are nothing and the mean is made by times that never
/// come.
const ALPHA: Domain = Domain::Real(Limit::Included(1.01), Limit::Included(1e6));
/// Shape. Below 0.1 as with [`ALPHA`].
const SHAPE: Domain = Domain::Real(Limit::Included(0.1), Limit::Included(1e6));

impl Kind for Draw {
    const NAME: &'static str = "law";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        Named::new("none", "no time at all", &[], Self(|_, _, _| 0.0)),
        Named::new("fixed", "always s units", &[], Self(|s, _, _| s)),
        Named::new(
            "poisson",
            "Poisson with mean s; may be 0",
            &[],
            Self(|s, _, stream| distribution::poisson(s, &mut stream())),
        ),
        Named::new(
            "normal",
            "|N(s, s)| + 1, standard deviation s",
            &[],
            Self(|s, _, stream| (s + s * distribution::normal(&mut stream())).abs() + 1.0),
        ),
        Named::new(
            "uniform",
            "U(0, s) + 1",
            &[],
            Self(|s, _, stream| stream().random_range(0.0..s) + 1.0),
        ),
        Named::new(
            "exponential",
            "exponential with mean s",
            &[],
            Self(|s, _, stream| s * distribution::exponential(&mut stream())),
        ),
        Named::new(
            "lognormal",
            "log-normal with mean s; σ ≤ 5 of the logarithm",
            &[Parameter::new("σ", SIGMA).or("1")],
            Self(|s, values, stream| {
                let sigma = values.real("σ");
                let mean = math::ln(s) - sigma * sigma / 2.0;
                math::exp(mean + sigma * distribution::normal(&mut stream()))
            }),
        ),
        Named::new(
            "pareto",
            "Pareto with mean s; tail index α ≥ 1.01",
            &[Parameter::new("α", ALPHA).or("2.5")],
            Self(|s, values, stream| {
                let alpha = values.real("α");
                let least = s * (alpha - 1.0) / alpha;
                distribution::pareto(least, alpha, &mut stream())
            }),
        ),
        Named::new(
            "gamma",
            "gamma with mean s; shape k ≥ 0.1",
            &[Parameter::new("k", SHAPE).or("2")],
            Self(|s, values, stream| {
                let shape = values.real("k");
                distribution::gamma(shape, &mut stream()) * (s / shape)
            }),
        ),
    ];
}

impl Default for Law {
    fn default() -> Self {
        Self::none()
    }
}

impl Law {
    /// Draws a time, in units, for a worker whose time is `s > 0`. `stream` is only called when
    /// chance is involved.
    #[inline]
    pub fn draw(&self, s: f64, stream: &dyn Fn() -> Stream) -> f64 {
        self.entry().what.0(s, self.values(), stream)
    }

    /// Whether it is that of no time at all: nothing is emulated.
    #[inline]
    pub fn is_none(&self) -> bool {
        self.name() == "none"
    }
}

#[cfg(test)]
mod tests {
    use ps_core::{Purpose, Seed};

    use super::*;

    /// The mean of many draws against the one that the law promises; 4 standard errors.
    fn mean_is(law: Law, s: f64, expected: f64) {
        let n = 40_000;
        let seed = Seed::new(5);
        let draws: Vec<f64> = (0..n)
            .map(|job| {
                law.draw(s, &|| {
                    seed.stream(
                        Purpose::Compute,
                        ps_core::WorkerId::new(0),
                        ps_core::JobId::new(job),
                    )
                })
            })
            .collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n as f64;
        let error = (variance / n as f64).sqrt();
        assert!(
            (mean - expected).abs() < 4.0 * error + 1e-12,
            "{law}: mean {mean}, not {expected} ± {error}"
        );
    }

    #[test]
    fn each_law_has_the_mean_it_promises() {
        let s = 3.0;
        // E|N(s, s)| = s·(√(2/π)·e^(−1/2) + 1 − 2Φ(−1)) = 1.16663 s.
        mean_is(Law::normal(), s, 1.166_630_942 * s + 1.0);
        mean_is(Law::uniform(), s, s / 2.0 + 1.0);
        for law in [
            Law::poisson(),
            Law::exponential(),
            Law::fixed(),
            Law::lognormal(0.5),
            Law::pareto(3.5),
            Law::gamma(2.0),
            Law::gamma(0.5),
        ] {
            mean_is(law, s, s);
        }
        mean_is(Law::none(), s, 0.0);
    }

    #[test]
    fn a_law_reads_what_it_writes() {
        for entry in Law::all() {
            let law: Law = entry.name.parse().unwrap();
            assert_eq!(law.to_string().parse(), Ok(law));
        }
    }

    #[test]
    fn bad_laws_say_what_is_wrong() {
        for (text, part) in [
            ("gauss", "unknown law `gauss`"),
            ("fixed:3", "its form is fixed"),
            ("pareto:1", "at least 1.01"),
            ("pareto:1.0000001", "at least 1.01"),
            ("lognormal:x", "above 0"),
            ("lognormal:10", "at most 5"),
            ("lognormal:inf", "at most 5"),
            ("gamma:0.01", "at least 0.1"),
        ] {
            let error = text.parse::<Law>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
