//! What makes a direction out of the gradients that a step is taken along: momentum, Adam, weight
//! decay.
//!
//! An optimizer sees one direction for each update, not each gradient, and keeps its vectors on the
//! server; several are applied one after the other, each to what the one before it made. So
//! `weight-decay:λ` in front of `momentum` or `adam` is the classical ℓ2 regulariser, and behind
//! them it is the decoupled decay of `AdamW`. The step size comes last: `x ← x − γ·d`, so a zero
//! step moves nothing.
//!
//! A step along an accumulator is along the *mean* of what it holds: an optimizer that divides by
//! the size of the gradients would otherwise not notice that `γ` was meant for a mean.
//!
//! Constants are rounded to the number type of the model, but a `β` not to 1 and an `ε` not to 0.
//!
//! Under asynchrony the directions are late, and an optimizer makes them later: what each means
//! there is said in its docs.

mod adam;
mod momentum;
mod weight_decay;

use std::fmt::Debug;

use ps_core::form::{Kind, Named, Syntax, Values};
use ps_core::{Scalar, choice};

use crate::precision::of_precision;

/// A change to the direction of each update, in place.
pub trait Optimizer<T: Scalar = f64>: Send + Debug {
    /// Replaces the direction of an update of the model `x`: what was steepest descent so far
    /// becomes this optimizer's direction. Both are finite.
    fn direct(&mut self, x: &[T], direction: &mut [T]);
}

choice! {
    /// An optimizer that has a name.
    pub struct OptimizerRule(OptimizerMaker);

    /// Momentum that keeps this share of its velocity, `β`.
    fn momentum(beta: f64);
    /// The same, looking one update ahead.
    fn nesterov(beta: f64);
    /// Adam with `β1 = 0.9`, `β2 = 0.999` and `ε = 10⁻⁸`.
    fn adam();
    /// The same, and weight decay of this strength behind it.
    fn adamw(decay: f64);
    /// Weight decay of this strength, `λ`.
    fn weight_decay(decay: f64);
}

/// How an optimizer is made, for models of a dimension: none if it would change nothing, or several
/// in a row.
type Make<T> = fn(&Values, usize) -> Vec<Box<dyn Optimizer<T>>>;

/// How an optimizer is made.
#[derive(Clone, Copy, Debug)]
pub struct OptimizerMaker(Make<f32>, Make<f64>);

impl Kind for OptimizerMaker {
    const NAME: &'static str = "optimizer";
    const SYNTAX: Syntax = Syntax::Positional(':');
    const ALL: &'static [Named<Self>] = &[
        momentum::POLYAK,
        momentum::NESTEROV,
        adam::ADAM,
        adam::ADAMW,
        weight_decay::ENTRY,
    ];
}

impl OptimizerRule {
    /// This optimizer for models of this dimension: none if it changes nothing, or several in a
    /// row.
    pub fn build<T: Scalar>(&self, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
        let OptimizerMaker(single, double) = self.entry().what;
        let make: Make<T> = of_precision(&single, &double);
        make(self.values(), dim)
    }
}
