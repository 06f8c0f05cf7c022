//! ```text
//! m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g⊙g
//! d = (m/(1−β1^t))/(√(v/(1−β2^t)) + ε),   t = 1, 2, … counting updates
//! ```
//! Kingma, Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv 1412.6980,
//! Algorithm 1. `adamw` adds `λ·x` to the direction: Loshchilov, Hutter, *Decoupled weight decay
//! regularization*, ICLR 2019, arXiv 1711.05101.
//!
//! Under staleness. The means run over updates in the order in which they were made: gradients of
//! different versions and different workers in one `m` and one `v`. With data heterogeneity a fast
//! worker weighs more in `v` as well as in `m`, and components that only slow workers see keep a
//! small `v` and take large steps. The step hardly depends on the size of the gradients, so a step
//! rule that shrinks `γ` for late ones still does what it says, while clipping or gap-aware scaling
//! shrinks them in `m` and `v` alike and is largely divided out. Late gradients in `m` are momentum
//! upon the momentum of asynchrony: a `β1` below 0.9 may be better with many workers.

use ps_core::Scalar;
use ps_core::form::{Domain, Named, Parameter, Values};
use ps_core::wide::{Kernel, wide};

use super::weight_decay::{DECAY, weight_decay};
use super::{Optimizer, OptimizerMaker};
use crate::kernel;

/// Steps of about the same size in every component.
#[derive(Debug)]
struct Adam<T> {
    betas: [f64; 2],
    epsilon: T,
    /// `β1^t` and `β2^t`.
    powers: [f64; 2],
    means: Vec<T>,
    mean_squares: Vec<T>,
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    fn direct(&mut self, _x: &[T], direction: &mut [T]) {
        for (power, beta) in self.powers.iter_mut().zip(self.betas) {
            *power *= beta;
        }
        let rest = |share: f64| T::from_f64(1.0 - share);
        let [beta1, beta2] = self.betas.map(kernel::below_one::<T>);
        let [rest1, rest2] = self.betas.map(rest);
        let [bias1, bias2] = self.powers.map(rest);
        wide::<T, _>(Step {
            direction,
            means: &mut self.means,
            mean_squares: &mut self.mean_squares,
            betas: [beta1, beta2],
            rests: [rest1, rest2],
            biases: [bias1, bias2],
            epsilon: self.epsilon,
        });
    }
}

/// One step of both means, along their quotient.
struct Step<'a, T> {
    direction: &'a mut [T],
    means: &'a mut [T],
    mean_squares: &'a mut [T],
    betas: [T; 2],
    rests: [T; 2],
    biases: [T; 2],
    epsilon: T,
}

impl<T: Scalar> Kernel for Step<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const LANES: usize>(self) {
        let ([beta1, beta2], [rest1, rest2]) = (self.betas, self.rests);
        let [bias1, bias2] = self.biases;
        let averages = self.means.iter_mut().zip(self.mean_squares);
        for (g, (m, v)) in self.direction.iter_mut().zip(averages) {
            *m = beta1 * *m + rest1 * *g;
            *v = beta2 * *v + rest2 * *g * *g;
            *g = *m / bias1 / ((*v / bias2).sqrt() + self.epsilon);
        }
    }
}

const BETA1: Parameter = Parameter::new("β1", Domain::BELOW_ONE).or("0.9");
const BETA2: Parameter = Parameter::new("β2", Domain::BELOW_ONE).or("0.999");
const EPSILON: Parameter = Parameter::new("ε", Domain::ABOVE_ZERO).or("1e-8");

pub(super) const ADAM: Named<OptimizerMaker> = Named {
    name: "adam",
    summary: "mean over root mean square, both without bias",
    reference: "Kingma, Ba, ICLR 2015",
    parameters: &[BETA1, BETA2, EPSILON],
    what: OptimizerMaker(adam, adam),
};

fn adam<T: Scalar>(values: &Values, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
    vec![Box::new(Adam {
        betas: ["β1", "β2"].map(|name| values.real(name)),
        epsilon: kernel::positive(values.real("ε")),
        powers: [1.0; 2],
        means: vec![T::ZERO; dim],
        mean_squares: vec![T::ZERO; dim],
    })]
}

pub(super) const ADAMW: Named<OptimizerMaker> = Named {
    name: "adamw",
    summary: "adam, then weight-decay:λ",
    reference: "Loshchilov, Hutter, ICLR 2019",
    parameters: &[DECAY.or("0.01"), BETA1, BETA2, EPSILON],
    what: OptimizerMaker(adamw, adamw),
};

fn adamw<T: Scalar>(values: &Values, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
    let mut both = adam(values, dim);
    both.extend(weight_decay(values, dim));
    both
}
