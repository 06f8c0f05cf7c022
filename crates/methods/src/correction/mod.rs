//! What is done to a gradient before it is used: clipping, and the repair of what it missed while
//! it was computed.
//!
//! A correction sees one gradient `g`, the model `x_π` that it was computed at and the newest model
//! `x_t`. It works in the gradient's own memory, when the method first steps with the gradient or
//! holds it: one that is let go costs nothing, and leaves no trace in the running means of a
//! correction. Several are applied one after the other. What is held is not corrected again,
//! however many updates it is stepped with later on.

mod clip;
mod delay_compensation;
mod gap_aware;

use std::fmt::Debug;

use ps_core::choice;
use ps_core::form::{Kind, Named, Syntax, Values};
use ps_core::{Scalar, Snapshot};

use crate::precision::of_precision;

/// A change to each gradient, in place.
pub trait Correction<T: Scalar = f64>: Send + Debug {
    /// Corrects a finite gradient that was computed at `read` and is about to be used at `newest`.
    fn correct(&mut self, gradient: &mut [T], read: &Snapshot<T>, newest: &Snapshot<T>);

    /// An update has led from one model to the next.
    fn updated(&mut self, _before: &[T], _after: &[T]) {}
}

choice! {
    /// A correction that has a name.
    pub struct CorrectionRule(CorrectionMaker);

    /// Scales a gradient down to this norm, `λ`.
    fn clip(norm: f64);
    /// Brings each component to at most this absolute value, `λ`.
    fn clip_value(value: f64);
    /// Delay compensation of this strength, `λ0`.
    fn dc(strength: f64);
    /// Delay compensation of this strength, `λ0`, against the root of mean squares in which the past
    /// weighs `memory`.
    fn dc_adaptive(strength: f64, memory: f64);
    /// Gap-aware, with updates of this size, `c`; 0: of the mean size so far.
    fn gap_aware(size: f64);
}

/// How a correction is made, for models of a dimension. `None`: it would correct nothing, without a
/// bound or of strength 0.
type Make<T> = fn(&Values, usize) -> Option<Box<dyn Correction<T>>>;

/// How a correction is made.
#[derive(Clone, Copy, Debug)]
pub struct CorrectionMaker(Make<f32>, Make<f64>);

impl Kind for CorrectionMaker {
    const NAME: &'static str = "correction";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        clip::BY_NORM,
        clip::BY_VALUE,
        delay_compensation::CONSTANT,
        delay_compensation::ADAPTIVE,
        gap_aware::ENTRY,
    ];
}

impl CorrectionRule {
    /// This correction for models of this dimension. `None` if it corrects nothing: without a bound
    /// or of strength 0.
    pub fn build<T: Scalar>(&self, dim: usize) -> Option<Box<dyn Correction<T>>> {
        let CorrectionMaker(single, double) = self.entry().what;
        let make: Make<T> = of_precision(&single, &double);
        make(self.values(), dim)
    }
}
