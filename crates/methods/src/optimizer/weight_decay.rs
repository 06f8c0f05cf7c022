//! ```text
//! d = g + λ·x
//! ```
//! In front of another optimizer the gradient of `(λ/2)‖x‖²` is added to that of the loss; behind
//! it, as in Loshchilov, Hutter, *Decoupled weight decay regularization*, ICLR 2019,
//! arXiv 1711.05101, the model shrinks by the factor `1 − γλ` with each update, whatever the
//! gradients. Both are scaled by `γ`.
//!
//! Under staleness. The decay is never late: it is taken from the newest model, whichever version
//! the gradient is of, while a regulariser inside the objective is as stale as the gradient. It
//! acts once for each update, so with rules that hold several gradients it acts as often as the
//! model changes, not as often as gradients arrive.

use ps_core::Scalar;
use ps_core::form::{Domain, Named, Parameter, Values};

use super::{Optimizer, OptimizerMaker};

/// Pulls the model towards zero.
#[derive(Debug)]
struct WeightDecay {
    decay: f64,
}

impl<T: Scalar> Optimizer<T> for WeightDecay {
    fn direct(&mut self, x: &[T], direction: &mut [T]) {
        let decay = T::from_f64(self.decay);
        for (g, x) in direction.iter_mut().zip(x) {
            *g += decay * *x;
        }
    }
}

pub(super) const DECAY: Parameter = Parameter::new("λ", Domain::NOT_NEGATIVE);

pub(super) const ENTRY: Named<OptimizerMaker> = Named {
    name: "weight-decay",
    summary: "along g + λ·x; in front of another optimizer an ℓ2 regulariser, behind it decoupled",
    reference: "",
    parameters: &[DECAY],
    what: OptimizerMaker(weight_decay, weight_decay),
};

pub(super) fn weight_decay<T: Scalar>(values: &Values, _dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
    match values.real("λ") {
        0.0 => Vec::new(),
        decay => vec![Box::new(WeightDecay { decay })],
    }
}
