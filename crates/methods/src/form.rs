//! Rules as they are typed: `NAME[:number[:number…]]`, and several of them separated by commas.

use std::fmt;
use std::str::FromStr;

/// How a rule is typed, and what it is.
#[derive(Debug)]
#[non_exhaustive]
pub struct Form<R: 'static> {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its numbers, those that must be given first.
    pub parameters: &'static [Parameter],
    /// The rule with these numbers, one for each parameter.
    pub(crate) make: fn(&[f64]) -> R,
}

/// A number of a rule.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Parameter {
    /// What the papers call it.
    pub symbol: &'static str,
    /// Its value where none is given; `None`: it must be given.
    pub default: Option<f64>,
    pub(crate) bound: Bound,
}

impl Parameter {
    pub(crate) const fn required(symbol: &'static str, bound: Bound) -> Self {
        Self {
            symbol,
            default: None,
            bound,
        }
    }

    pub(crate) const fn optional(symbol: &'static str, default: f64, bound: Bound) -> Self {
        Self {
            symbol,
            default: Some(default),
            bound,
        }
    }
}

/// What a number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Positive,
    /// Infinity switches the rule off.
    PositiveOrInfinite,
    NotNegative,
    BelowOne,
    UpToOne,
    Count,
}

impl Bound {
    /// The largest count that every number up to it can be told from its neighbours.
    const MOST: f64 = 9_007_199_254_740_992.0;

    fn holds(self, value: f64) -> bool {
        match self {
            Self::Positive => value > 0.0 && value.is_finite(),
            Self::PositiveOrInfinite => value > 0.0,
            Self::NotNegative => value >= 0.0 && value.is_finite(),
            Self::BelowOne => (0.0..1.0).contains(&value),
            Self::UpToOne => value > 0.0 && value <= 1.0,
            Self::Count => (1.0..=Self::MOST).contains(&value) && value.fract() == 0.0,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Positive => "a finite number above 0",
            Self::PositiveOrInfinite => "a number above 0 (inf: none)",
            Self::NotNegative => "a finite number of at least 0",
            Self::BelowOne => "at least 0 and below 1",
            Self::UpToOne => "above 0 and at most 1",
            Self::Count => "a whole number from 1 to 2^53",
        }
    }
}

/// A kind of rules that have names and numbers.
pub trait Rule: Copy + 'static {
    /// What such a rule is called.
    const KIND: &'static str;
    /// Every rule of this kind, in the order in which they are listed.
    const FORMS: &'static [Form<Self>];

    /// Its name and its numbers.
    fn parts(self) -> (&'static str, Vec<f64>);
}

/// A rule that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// There is no rule of this name.
    #[error("unknown {kind} `{name}`; there are {known}")]
    Unknown {
        /// What it was to be.
        kind: &'static str,
        /// What was asked for.
        name: String,
        /// The rules there are.
        known: String,
    },
    /// Too few or too many numbers, or something else than numbers.
    #[error("{kind} `{rule}`: its form is {form}, with a number for each parameter")]
    Malformed {
        /// What it was to be.
        kind: &'static str,
        /// What was written.
        rule: String,
        /// How it is written.
        form: String,
    },
    /// A number that makes no sense.
    #[error("{kind} `{rule}`: {symbol} is {value}, and must be {bound}")]
    OutOfBounds {
        /// What it was to be.
        kind: &'static str,
        /// What was written.
        rule: String,
        /// Which of its numbers.
        symbol: &'static str,
        /// Its value.
        value: String,
        /// What is possible.
        bound: &'static str,
    },
}

impl<R> fmt::Display for Form<R> {
    /// How it is typed: what may be left out is in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for parameter in self.parameters {
            match parameter.default {
                None => write!(f, ":{}", parameter.symbol)?,
                Some(_) => write!(f, "[:{}", parameter.symbol)?,
            }
        }
        let optional = self.parameters.iter().filter(|p| p.default.is_some());
        f.write_str(&"]".repeat(optional.count()))
    }
}

impl<R: Rule> Form<R> {
    fn malformed(&self, rule: &str) -> RuleError {
        RuleError::Malformed {
            kind: R::KIND,
            rule: rule.to_owned(),
            form: self.to_string(),
        }
    }

    fn check(&self, rule: &str, values: &[f64]) -> Result<(), RuleError> {
        let mut pairs = self.parameters.iter().zip(values);
        match pairs.find(|(parameter, value)| !parameter.bound.holds(**value)) {
            None => Ok(()),
            Some((parameter, value)) => Err(RuleError::OutOfBounds {
                kind: R::KIND,
                rule: rule.to_owned(),
                symbol: parameter.symbol,
                value: value.to_string(),
                bound: parameter.bound.describe(),
            }),
        }
    }
}

/// A rule as it was typed.
pub(crate) fn read<R: Rule>(text: &str) -> Result<R, RuleError> {
    let mut words = text.split(':');
    let name = words.next().unwrap_or_default();
    let form = R::FORMS.iter().find(|form| form.name == name);
    let form = form.ok_or_else(|| RuleError::Unknown {
        kind: R::KIND,
        name: name.to_owned(),
        known: names::<R>(),
    })?;
    let mut values = Vec::with_capacity(form.parameters.len());
    for parameter in form.parameters {
        let value = match words.next() {
            Some(word) => word.parse().ok(),
            None => parameter.default,
        };
        values.push(value.ok_or_else(|| form.malformed(text))?);
    }
    if words.next().is_some() {
        return Err(form.malformed(text));
    }
    form.check(text, &values)?;
    Ok((form.make)(&values))
}

/// A rule as it is typed.
pub(crate) fn write<R: Rule>(rule: R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (name, values) = rule.parts();
    f.write_str(name)?;
    values.iter().try_for_each(|value| write!(f, ":{value}"))
}

/// Whether the numbers of a rule that was not typed make sense.
///
/// # Errors
/// If one does not.
pub fn check<R: Rule + fmt::Display>(rule: R) -> Result<(), RuleError> {
    let (name, values) = rule.parts();
    let form = R::FORMS.iter().find(|form| form.name == name);
    form.map_or(Ok(()), |form| form.check(&rule.to_string(), &values))
}

fn names<R: Rule>() -> String {
    let forms: Vec<_> = R::FORMS.iter().map(Form::to_string).collect();
    forms.join(", ")
}

/// Several rules, one after the other: `clip:1,dc:0.04`.
///
/// # Examples
/// ```
/// use methods::{Chain, OptimizerRule};
///
/// let chain: Chain<OptimizerRule> = "weight-decay:0.001,momentum:0.9".parse()?;
/// assert_eq!(chain.rules()[1], OptimizerRule::Momentum { beta: 0.9 });
/// assert_eq!(chain.to_string(), "weight-decay:0.001,momentum:0.9");
/// # Ok::<(), methods::RuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain<R>(Vec<R>);

impl<R> Chain<R> {
    /// These rules, in this order.
    #[must_use]
    pub fn new(rules: Vec<R>) -> Self {
        Self(rules)
    }

    /// The rules, the first one first.
    #[must_use]
    pub fn rules(&self) -> &[R] {
        &self.0
    }
}

impl<R: Rule> FromStr for Chain<R> {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        text.split(',')
            .map(read)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl<R: fmt::Display> fmt::Display for Chain<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rule) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{rule}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correction::CorrectionRule;
    use crate::optimizer::OptimizerRule;
    use crate::step_size::StepRule;

    /// A number that each parameter may have, other than its default.
    fn example(bound: Bound) -> f64 {
        match bound {
            Bound::Positive | Bound::PositiveOrInfinite | Bound::NotNegative => 0.125,
            Bound::BelowOne | Bound::UpToOne => 0.5,
            Bound::Count => 7.0,
        }
    }

    fn round_trip<R: Rule + FromStr<Err = RuleError> + fmt::Display>() {
        for form in R::FORMS {
            let numbers = form.parameters.iter().map(|p| example(p.bound));
            let text = numbers.fold(form.name.to_owned(), |text, n| format!("{text}:{n}"));
            let rule: R = text.parse().expect("numbers in bounds");
            assert_eq!(rule.to_string(), text);
            let excess = format!("{text}:1").parse::<R>();
            let message = excess.err().expect("one number too many").to_string();
            assert!(message.contains(&form.to_string()), "{message}");
            let required = form.parameters.iter().filter(|p| p.default.is_none());
            assert_eq!(form.name.parse::<R>().is_err(), required.count() > 0);
        }
    }

    #[test]
    fn every_rule_is_read_as_it_is_written() {
        round_trip::<StepRule>();
        round_trip::<CorrectionRule>();
        round_trip::<OptimizerRule>();
    }

    fn message<R: FromStr<Err = RuleError>>(text: &str) -> String {
        text.parse::<R>().err().expect("a bad rule").to_string()
    }

    #[test]
    fn what_cannot_be_understood_is_named_with_what_can() {
        let unknown = message::<CorrectionRule>("clap:1");
        assert!(
            unknown.starts_with("unknown correction `clap`; there are clip:λ, clip-value:λ, dc:λ0, dc-adaptive:λ0[:m]"),
            "{unknown}"
        );
        assert_eq!(
            message::<OptimizerRule>("adam:x"),
            "optimizer `adam:x`: its form is adam[:β1[:β2[:ε]]], with a number for each parameter"
        );
        assert_eq!(
            message::<OptimizerRule>("adam:0.9:1"),
            "optimizer `adam:0.9:1`: β2 is 1, and must be at least 0 and below 1"
        );
        assert_eq!(
            message::<StepRule>("piag:0"),
            "step rule `piag:0`: α is 0, and must be above 0 and at most 1"
        );
        for bad in ["clip", "clip:", "clip:0", "clip:NaN", "dc:inf", "dc:-1"] {
            message::<CorrectionRule>(bad);
        }
        for bad in ["warmup:1.5", "warmup:0", "cosine:1e17", "warmup:-3", ""] {
            message::<StepRule>(bad);
        }
    }

    #[test]
    fn a_list_has_a_rule_between_all_its_commas() {
        for bad in ["", ",", "clip:1,", "clip:1,,dc:1"] {
            assert!(bad.parse::<Chain<CorrectionRule>>().is_err(), "{bad}");
        }
        let list: Chain<CorrectionRule> = "clip:1,gap-aware".parse().expect("two rules");
        let gap_aware = CorrectionRule::GapAware { size: None };
        assert_eq!(
            list.rules(),
            [CorrectionRule::Clip { norm: 1.0 }, gap_aware]
        );
        assert_eq!(list.to_string(), "clip:1,gap-aware");
    }
}
