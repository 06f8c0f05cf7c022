//! How long things take: the distributions of compute, download and upload times.

use std::fmt;
use std::str::FromStr;

use ps_core::Stream;
use rand_distr::{Distribution, Exp, LogNormal, Normal, Pareto, Poisson, Uniform};

/// The law of a time, for a worker of speed `s` (its time for one gradient, in units). Drawn anew for each job.
///
/// # Examples
/// ```
/// use workers::Law;
///
/// let law: Law = "lognormal:0.5".parse()?;
/// assert_eq!(law, Law::LogNormal { sigma: 0.5 });
/// assert_eq!(law.to_string(), "lognormal:0.5");
/// # Ok::<(), workers::LawError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// No time at all: nothing is emulated.
    #[default]
    None,
    /// `s`.
    Fixed,
    /// Poisson with mean `s`; may be 0.
    Poisson,
    /// `|N(s, s)| + 1`, with standard deviation `s`.
    Normal,
    /// `U(0, s) + 1`.
    Uniform,
    /// Exponential with mean `s`.
    Exponential,
    /// Log-normal with mean `s`.
    LogNormal {
        /// Standard deviation of the logarithm, above 0 and at most 5: beyond, almost every time is nothing.
        sigma: f64,
    },
    /// Pareto with mean `s`: heavy tails.
    Pareto {
        /// The tail index, from 1.01 to 10⁶. The variance is infinite up to 2.
        alpha: f64,
    },
}

/// A law that cannot be understood.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LawError {
    /// There is no law of this name.
    #[error(
        "unknown law `{name}`; there are none, fixed, poisson, normal, uniform, exponential, lognormal[:σ], pareto[:α]"
    )]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The law has no parameter.
    #[error("the law `{name}` takes no parameter")]
    NoParameter {
        /// The law.
        name: String,
    },
    /// The parameter is out of range.
    #[error("`{law}`: {bound}")]
    BadParameter {
        /// What was written.
        law: String,
        /// The bound.
        bound: &'static str,
    },
}

impl Law {
    const LOG_NORMAL: Self = Self::LogNormal { sigma: 1.0 };
    const PARETO: Self = Self::Pareto { alpha: 2.5 };

    /// Every law with its default parameter, and what it is.
    pub const ALL: &[(Self, &str)] = &[
        (Self::None, "no time at all"),
        (Self::Fixed, "always s units"),
        (Self::Poisson, "Poisson with mean s; may be 0"),
        (Self::Normal, "|N(s, s)| + 1, standard deviation s"),
        (Self::Uniform, "U(0, s) + 1"),
        (Self::Exponential, "exponential with mean s"),
        (
            Self::LOG_NORMAL,
            "log-normal with mean s; σ ≤ 5 of the logarithm",
        ),
        (Self::PARETO, "Pareto with mean s; tail index α ≥ 1.01"),
    ];

    /// Draws a time, in units, for a worker of speed `s > 0`. `stream` is only called when chance is involved.
    pub fn draw(self, s: f64, stream: impl FnOnce() -> Stream) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Fixed => s,
            Self::Poisson => sample(Poisson::new(s).ok(), stream),
            Self::Normal => sample(Normal::new(s, s).ok(), stream).abs() + 1.0,
            Self::Uniform => sample(Uniform::new(0.0, s).ok(), stream) + 1.0,
            Self::Exponential => sample(Exp::new(1.0 / s).ok(), stream),
            Self::LogNormal { sigma } => sample(
                LogNormal::new(s.ln() - sigma * sigma / 2.0, sigma).ok(),
                stream,
            ),
            Self::Pareto { alpha } => {
                sample(Pareto::new(s * (alpha - 1.0) / alpha, alpha).ok(), stream)
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fixed => "fixed",
            Self::Poisson => "poisson",
            Self::Normal => "normal",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
            Self::LogNormal { .. } => "lognormal",
            Self::Pareto { .. } => "pareto",
        }
    }
}

fn sample<D: Distribution<f64>>(distribution: Option<D>, stream: impl FnOnce() -> Stream) -> f64 {
    distribution
        .expect("speeds and parameters have been checked")
        .sample(&mut stream())
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::LogNormal { sigma: parameter } | Self::Pareto { alpha: parameter } => {
                write!(f, ":{parameter}")
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Law {
    type Err = LawError;

    fn from_str(text: &str) -> Result<Self, LawError> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let law = Self::ALL
            .iter()
            .map(|(law, _)| *law)
            .find(|law| law.name() == name);
        let law = law.ok_or_else(|| LawError::Unknown {
            name: name.to_owned(),
        })?;
        let Some(parameter) = parameter else {
            return Ok(law);
        };
        // Beyond these bounds nearly all times are nothing and the mean is made by times that never come.
        let within = |is_fine: fn(f64) -> bool, bound| {
            let value = parameter.parse().ok().filter(|&value| is_fine(value));
            value.ok_or_else(|| LawError::BadParameter {
                law: text.to_owned(),
                bound,
            })
        };
        match law {
            Self::LogNormal { .. } => {
                let bound = "σ must be above 0 and at most 5";
                let sigma = within(|sigma| sigma > 0.0 && sigma <= 5.0, bound)?;
                Ok(Self::LogNormal { sigma })
            }
            Self::Pareto { .. } => {
                let bound = "α must be from 1.01 to 1e6";
                let alpha = within(|alpha| (1.01..=1e6).contains(&alpha), bound)?;
                Ok(Self::Pareto { alpha })
            }
            _ => Err(LawError::NoParameter {
                name: name.to_owned(),
            }),
        }
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
                law.draw(s, || {
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
        mean_is(Law::Normal, s, 1.166_630_942 * s + 1.0);
        mean_is(Law::Uniform, s, s / 2.0 + 1.0);
        for law in [
            Law::Poisson,
            Law::Exponential,
            Law::Fixed,
            Law::LogNormal { sigma: 0.5 },
            Law::Pareto { alpha: 3.5 },
        ] {
            mean_is(law, s, s);
        }
        mean_is(Law::None, s, 0.0);
    }

    #[test]
    fn a_law_reads_what_it_writes() {
        for (law, _) in Law::ALL {
            assert_eq!(law.to_string().parse(), Ok(*law));
        }
    }

    #[test]
    fn bad_laws_say_what_is_wrong() {
        for (text, part) in [
            ("gauss", "unknown law `gauss`"),
            ("fixed:3", "takes no parameter"),
            ("pareto:1", "from 1.01"),
            ("pareto:1.0000001", "from 1.01"),
            ("lognormal:x", "above 0"),
            ("lognormal:10", "at most 5"),
            ("lognormal:inf", "at most 5"),
        ] {
            let error = text.parse::<Law>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
