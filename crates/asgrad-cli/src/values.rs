//! Option values that the libraries do not know.

use std::fmt;
use std::str::FromStr;

use asgrad::Algorithm;
use asgrad::compare::Grid;
use asgrad::methods::Assumptions;
use asgrad::ps_core::form::{Domain, Unexpected, Value, text_of};

/// A method that can be played in virtual time: not Hogwild!, which is another there.
pub(crate) fn in_virtual_time(text: &str) -> Result<Algorithm, String> {
    match text.parse::<Algorithm>().map_err(|error| error.to_string()) {
        Ok(hogwild @ Algorithm::Hogwild) => Err(format!(
            "{hogwild} runs on real threads only; in virtual time it is the same as `{method}`: give {method}",
            method = hogwild.in_virtual_time()
        )),
        Ok(method) => Ok(method),
        Err(error) => Err(error),
    }
}

/// A reader of values in these bounds.
pub(crate) fn within<V: TryFrom<Value>>(
    domain: Domain,
) -> impl Fn(&str) -> Result<V, Unexpected> + Clone {
    move |text| domain.value_of(text)
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
            Self::Fixed(step_size) => f.write_str(&text_of(*step_size)),
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
        if text == "auto" {
            return Ok(Self::Auto(Grid::default()));
        }
        let fixed = Domain::NOT_NEGATIVE.value_of(text).map(Self::Fixed);
        fixed.map_err(|_| {
            "a step size is a finite number, at least 0, or `auto`, or `theory:L,σ²,ε`".to_owned()
        })
    }
}
