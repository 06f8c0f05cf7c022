//! What theory is told of a problem.

use std::fmt;
use std::str::FromStr;

use ps_core::form::{Choice, Domain, FormError, Kind, Named, Parameter, Syntax, Value};

/// What theory is told of a problem, typed `L,σ²,ε`.
///
/// # Examples
/// ```
/// use methods::{Assumptions, MethodSpec};
///
/// let assumptions: Assumptions = "2,1,0.1".parse()?;
/// let spec: MethodSpec = "rennala".parse()?;
/// let prescription = spec.prescribed(&assumptions, 4, None)?;
/// assert_eq!(prescription.method().to_string(), "rennala:batch=10");
/// assert_eq!(prescription.step_size(), 0.25);
/// assert_eq!(prescription.updates(3.0), 480.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    smoothness: f64,
    noise: f64,
    accuracy: f64,
}

/// The form of assumptions.
#[derive(Debug)]
struct Assumed;

impl Kind for Assumed {
    const NAME: &'static str = "step size";
    const SYNTAX: Syntax = Syntax::Positional(',');
    const ALL: &'static [Named<Self>] = &[Named {
        name: "theory",
        summary: "what theory prescribes for the mean of E‖∇f‖² to be at most ε; f is L-smooth, a gradient has variance σ²",
        reference: "",
        parameters: &[
            Parameter::new("L", Domain::ABOVE_ZERO),
            Parameter::new("σ²", Domain::NOT_NEGATIVE),
            Parameter::new("ε", Domain::ABOVE_ZERO),
        ],
        what: Self,
    }];
}

impl Assumptions {
    /// `f` is `L`-smooth, a stochastic gradient has variance `σ²`, and the mean of `E‖∇f‖²` is to
    /// be at most `ε`.
    ///
    /// # Errors
    /// If one of them is not finite, `L` or `ε` is not positive, or `σ²` is negative.
    pub fn new(smoothness: f64, noise: f64, accuracy: f64) -> Result<Self, FormError> {
        let values = [smoothness, noise, accuracy].map(Value::Real);
        Choice::<Assumed>::new("theory", values).check()?;
        Ok(Self {
            smoothness,
            noise,
            accuracy,
        })
    }

    /// `L`.
    pub fn smoothness(&self) -> f64 {
        self.smoothness
    }

    /// `σ²`.
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// `ε`.
    pub fn accuracy(&self) -> f64 {
        self.accuracy
    }
}

impl FromStr for Assumptions {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let assumed: Choice<Assumed> = format!("theory:{text}").parse()?;
        let [smoothness, noise, accuracy] =
            ["L", "σ²", "ε"].map(|name| assumed.values().real(name));
        Self::new(smoothness, noise, accuracy)
    }
}

impl fmt::Display for Assumptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.smoothness, self.noise, self.accuracy)
    }
}
