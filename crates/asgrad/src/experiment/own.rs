//! Parts of a run that are the user's own: they stand in its spec by name.

use std::collections::VecDeque;
use std::fmt;

use methods::{Correction, Method, Optimizer, StepSize};
use ps_core::Scalar;
use trace::Part;

use crate::error::ConfigError;

/// Parts of the user's own, in the order in which the spec names them.
#[derive(Default)]
pub(crate) struct OwnParts<T: Scalar> {
    pub(crate) method: Option<Box<dyn Method>>,
    pub(crate) step_size: Option<Box<dyn StepSize>>,
    pub(crate) corrections: VecDeque<Box<dyn Correction<T>>>,
    pub(crate) optimizers: VecDeque<Box<dyn Optimizer<T>>>,
}

ps_core::debug_fields!([T: Scalar] OwnParts<T>: method, step_size);

/// What each part of a list is made into: one of the list by `make`, the user's own as they were
/// given.
pub(super) fn made<R, B, I>(
    parts: &[Part<R>],
    own: &mut VecDeque<B>,
    make: impl Fn(&R) -> I,
) -> Result<Vec<B>, ConfigError>
where
    Part<R>: fmt::Display,
    I: IntoIterator<Item = B>,
{
    let mut all = Vec::new();
    for part in parts {
        match part {
            Part::Known(rule) => all.extend(make(rule)),
            Part::Own(_) => all.push(given(own.pop_front(), part)?),
        }
    }
    Ok(all)
}

/// A part of the user's own, if it was given.
pub(super) fn given<B>(own: Option<B>, part: &impl fmt::Display) -> Result<B, ConfigError> {
    own.ok_or_else(|| ConfigError::OwnPart {
        name: part.to_string(),
    })
}
