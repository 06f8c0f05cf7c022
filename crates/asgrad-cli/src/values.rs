//! Option values that the libraries do not know.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use asgrad::compare::Grid;
use asgrad::problems::{ProblemKind, RequestError};
use asgrad::{Algorithm, Assumptions, Law, LawError, MethodSpec};

use crate::failure::Failure;

/// A method that can be played in virtual time: not Hogwild!, which is another there.
pub(crate) fn in_virtual_time(text: &str) -> Result<MethodSpec, String> {
    match text.parse() {
        Ok(Algorithm::Method(spec)) => Ok(spec),
        Ok(hogwild @ Algorithm::Hogwild) => Err(format!(
            "{hogwild} runs on real threads only; in virtual time it is the same as `{method}`: give {method}",
            method = hogwild.in_virtual_time()
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// A problem, or none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProblemChoice {
    Kind(ProblemKind),
    /// Only the schedule is of interest.
    None,
}

impl FromStr for ProblemChoice {
    type Err = RequestError;

    fn from_str(text: &str) -> Result<Self, RequestError> {
        if text == "none" {
            Ok(Self::None)
        } else {
            text.parse().map(Self::Kind)
        }
    }
}

/// A step size, the best there is, or what theory prescribes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum StepSizeChoice {
    Fixed(f64),
    /// The best of a grid.
    Auto(Grid),
    /// What theory prescribes for each method, with its batch or threshold.
    Theory(Assumptions),
}

/// Exponents as `-6..2`.
fn read_grid(text: &str) -> Result<Grid, String> {
    const FARTHEST: i32 = Grid::FARTHEST;
    let ends = text.split_once("..");
    let ends = ends.and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let grid = ends.and_then(|(from, to)| Grid::powers_of_two(from..=to));
    grid.ok_or_else(|| {
        format!(
            "`auto:{text}`: expected auto:a..b for the step sizes 2^a … 2^b, with −{FARTHEST} ≤ a ≤ b ≤ {FARTHEST}"
        )
    })
}

impl fmt::Display for StepSizeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(step_size) => write!(f, "{step_size}"),
            Self::Auto(grid) => write!(f, "auto, of {grid}"),
            Self::Theory(assumptions) => write!(f, "theory:{assumptions}"),
        }
    }
}

impl FromStr for StepSizeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(grid) = text.strip_prefix("auto:") {
            return read_grid(grid).map(Self::Auto);
        }
        if let Some(numbers) = text.strip_prefix("theory:") {
            let assumptions: Result<Assumptions, _> = numbers.parse();
            return assumptions.map(Self::Theory).map_err(|e| e.to_string());
        }
        match text.parse::<f64>() {
            _ if text == "auto" => Ok(Self::Auto(Grid::default())),
            Ok(step_size) if step_size >= 0.0 && step_size.is_finite() => {
                Ok(Self::Fixed(step_size))
            }
            _ => Err(
                "a step size is a finite number, at least 0, or `auto`, or `theory:L,σ²,ε`"
                    .to_owned(),
            ),
        }
    }
}

/// How fast the workers are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Speeds {
    Linear,
    Equal,
    Sqrt,
    Given(Vec<f64>),
    File(PathBuf),
}

impl FromStr for Speeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "linear" => return Ok(Self::Linear),
            "equal" => return Ok(Self::Equal),
            "sqrt" => return Ok(Self::Sqrt),
            "" => {
                return Err(
                    "expected linear, equal, sqrt, numbers separated by commas, or a file"
                        .to_owned(),
                );
            }
            _ => {}
        }
        if !text.contains(',') && text.parse::<f64>().is_err() {
            return Ok(Self::File(PathBuf::from(text)));
        }
        let number = |part: &str| {
            part.trim()
                .parse()
                .map_err(|_| format!("`{part}` is not a number"))
        };
        text.split(',')
            .map(number)
            .collect::<Result<_, _>>()
            .map(Self::Given)
    }
}

impl fmt::Display for Speeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linear => f.write_str("linear"),
            Self::Equal => f.write_str("equal"),
            Self::Sqrt => f.write_str("sqrt"),
            Self::Given(speeds) => {
                let speeds: Vec<_> = speeds.iter().map(f64::to_string).collect();
                f.write_str(&speeds.join(","))
            }
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Speeds {
    /// The numbers that were given, if they were.
    pub(crate) fn given(&self) -> Result<Option<Vec<f64>>, Failure> {
        match self {
            Self::Given(speeds) => Ok(Some(speeds.clone())),
            Self::File(path) => {
                let text = fs::read_to_string(path).map_err(|source| {
                    Failure::failed(format!("--speeds {}: {source}", path.display()))
                })?;
                read_speeds(&text).map(Some).map_err(|(line, word)| {
                    Failure::failed(format!(
                        "--speeds {}: line {line}: `{word}` is not a number",
                        path.display()
                    ))
                })
            }
            _ => Ok(None),
        }
    }

    /// One for each of `n` workers, where they follow a formula.
    pub(crate) fn by_formula(&self, n: usize) -> Vec<f64> {
        let formula = |i: f64| match self {
            Self::Equal => 1.0,
            Self::Sqrt => (i + 1.0).sqrt(),
            _ => i + 1.0,
        };
        (0..n).map(|i| formula(i as f64)).collect()
    }
}

/// How long computations take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ComputeTimes {
    Drawn(Law),
    /// Measured, in a file.
    Measured(PathBuf),
}

impl Default for ComputeTimes {
    fn default() -> Self {
        Self::Drawn(Law::Fixed)
    }
}

impl ComputeTimes {
    /// Where they were measured, if they were.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Measured(path) => Some(path),
            Self::Drawn(_) => None,
        }
    }
}

impl FromStr for ComputeTimes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_file = text.to_ascii_lowercase().ends_with(".csv");
        match text.parse::<Law>() {
            Ok(law) => Ok(Self::Drawn(law)),
            Err(_) if is_file => Ok(Self::Measured(PathBuf::from(text))),
            Err(error @ LawError::Unknown { .. }) => Err(format!(
                "{error}; or measured times in a file whose name ends in .csv"
            )),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl fmt::Display for ComputeTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawn(law) => write!(f, "{law}"),
            Self::Measured(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Numbers separated by white space or commas; `#` begins a comment.
fn read_speeds(text: &str) -> Result<Vec<f64>, (usize, String)> {
    let mut speeds = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let content = line.split('#').next().unwrap_or_default();
        for word in content
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty())
        {
            speeds.push(word.parse().map_err(|_| (number, word.to_owned()))?);
        }
    }
    Ok(speeds)
}

/// A positive number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let bad = || "expected a positive number of seconds, up to 1e9".to_owned();
    let number: f64 = text.parse().map_err(|_| bad())?;
    if number > 0.0 && number <= 1e9 {
        Ok(Duration::from_secs_f64(number))
    } else {
        Err(bad())
    }
}
