//! What can be run: a method on the server, or Hogwild!.

use std::fmt;
use std::str::FromStr;

use methods::{FormError, MethodSpec, rules};

use crate::run_spec::part::OWN;

/// The name of Hogwild! on the command line and in a trace.
const HOGWILD: &str = "hogwild";

/// What runs: a method on the server, or Hogwild!, which has no server.
///
/// # Examples
/// ```
/// use asgrad::Algorithm;
///
/// let algorithm: Algorithm = "pure-waiting:b=3".parse()?;
/// assert_eq!(algorithm.to_string(), "pure-waiting:b=3");
/// let hogwild: Algorithm = "hogwild".parse()?;
/// assert_eq!(hogwild.in_virtual_time().to_string(), "pure");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Algorithm {
    /// A named method, with its settings.
    Method(MethodSpec),
    /// Threads that share the model and have no server.
    Hogwild,
    /// A method of the user's own, by the name that the program gave it.
    Own(String),
}

impl Algorithm {
    /// What is known of Hogwild!, in words: what it does, what is outstanding, and where it is
    /// from.
    pub const HOGWILD: [&str; 3] = [
        "no server: threads share the model, read it while others write, and add each component of a gradient atomically",
        "one job a worker, real threads only",
        "Recht, Ré, Wright, Niu (NIPS 2011), arXiv 1106.5730",
    ];

    /// The name, without settings.
    pub fn name(&self) -> &str {
        match self {
            Self::Method(spec) => spec.name(),
            Self::Hogwild => HOGWILD,
            Self::Own(name) => name,
        }
    }

    /// The name with settings, for people: a method of the user's own is called as the program
    /// calls it.
    pub fn label(&self) -> String {
        match self {
            Self::Own(name) => name.clone(),
            other => other.to_string(),
        }
    }

    /// What is known of the method, if it is one of the list.
    pub fn named(&self) -> Option<&'static rules::NamedMethod> {
        match self {
            Self::Method(spec) => Some(spec.named()),
            Self::Hogwild | Self::Own(_) => None,
        }
    }

    /// The algorithm that does the same in virtual time, where the step size is tuned. There
    /// Hogwild! is `pure`: every worker has a job at any time, and a gradient is added when it is
    /// finished.
    ///
    /// # Panics
    /// Never: there is a method of that name.
    #[must_use]
    pub fn in_virtual_time(&self) -> Self {
        match self {
            Self::Hogwild => "pure".parse().expect("there is a method of that name"),
            other => other.clone(),
        }
    }
}

impl FromStr for Algorithm {
    type Err = FormError;

    fn from_str(text: &str) -> Result<Self, FormError> {
        let (name, settings) = text
            .split_once(':')
            .map_or((text, None), |(name, settings)| (name, Some(settings)));
        match (name, settings) {
            (HOGWILD, None) => Ok(Self::Hogwild),
            (OWN, Some(name)) => Ok(Self::Own(name.to_owned())),
            (HOGWILD, Some(settings)) => {
                let setting = settings.split([':', '=']).next().unwrap_or_default();
                Err(FormError::UnknownKey {
                    kind: "method",
                    name: HOGWILD,
                    key: setting.to_owned(),
                    suggestion: None,
                    known: String::new(),
                })
            }
            _ => text.parse().map(Self::Method).map_err(|mut error| {
                if let FormError::Unknown {
                    name, suggestion, ..
                } = &mut error
                    && looks_like_hogwild(name)
                {
                    *suggestion = Some(HOGWILD);
                }
                error
            }),
        }
    }
}

/// As it is written elsewhere.
fn looks_like_hogwild(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with("hog") || name.ends_with("wild!")
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(spec) => spec.fmt(f),
            Self::Hogwild => f.write_str(HOGWILD),
            Self::Own(name) => write!(f, "{OWN}:{name}"),
        }
    }
}

impl TryFrom<&str> for Algorithm {
    type Error = FormError;

    fn try_from(text: &str) -> Result<Self, FormError> {
        text.parse()
    }
}

impl TryFrom<&String> for Algorithm {
    type Error = FormError;

    fn try_from(text: &String) -> Result<Self, FormError> {
        text.parse()
    }
}

impl From<MethodSpec> for Algorithm {
    fn from(method: MethodSpec) -> Self {
        Self::Method(method)
    }
}
