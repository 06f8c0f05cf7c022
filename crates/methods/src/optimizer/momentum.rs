//! ```text
//! momentum:  v ← β·v + g;  d = v
//! nesterov:  v ← β·v + g;  d = g + β·v
//! ```
//! Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964; Nesterov 1983,
//! in the form of Sutskever, Martens, Dahl, Hinton, *On the importance of initialization and
//! momentum in deep learning*, ICML 2013. The gradient enters with weight 1, so a constant one ends
//! in a step of `γ/(1−β)`.
//!
//! Under staleness. Asynchrony is momentum already: with `n` equal memoryless workers, pure
//! asynchronous SGD behaves in the mean like momentum `1 − 1/n` with step `γ/n` (Mitliagkas, Zhang,
//! Hadjis, Ré, *Asynchrony begets momentum*, 2016, arXiv 1605.09774). So `β` should shrink as `n`
//! grows; with many workers the best may be none. The velocity is the server's alone: workers
//! compute at the model itself, also with `nesterov`, whose look-ahead is that of one update and
//! not of one for each job that is out (that would be DANA).

use ps_core::Scalar;
use ps_core::form::{Domain, Named, Parameter, Values};
use ps_core::wide::{Kernel, wide};

use super::{Optimizer, OptimizerMaker};
use crate::kernel;

/// A velocity that gradients push.
#[derive(Debug)]
struct Momentum<T> {
    beta: T,
    lookahead: Lookahead,
    velocity: Vec<T>,
}

/// Whether the direction is the velocity, or where it will be.
#[derive(Clone, Copy, Debug)]
enum Lookahead {
    /// Polyak's heavy ball.
    None,
    /// Nesterov's.
    One,
}

impl<T: Scalar> Optimizer<T> for Momentum<T> {
    fn direct(&mut self, _x: &[T], direction: &mut [T]) {
        wide::<T, _>(Step {
            direction,
            velocity: &mut self.velocity,
            beta: self.beta,
            lookahead: self.lookahead,
        });
    }
}

/// One step of both.
struct Step<'a, T> {
    direction: &'a mut [T],
    velocity: &'a mut [T],
    beta: T,
    lookahead: Lookahead,
}

impl<T: Scalar> Kernel for Step<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<const LANES: usize>(self) {
        let Self {
            direction,
            velocity,
            beta,
            lookahead,
        } = self;
        for (g, v) in direction.iter_mut().zip(velocity) {
            *v = beta * *v + *g;
            *g = match lookahead {
                Lookahead::None => *v,
                Lookahead::One => *g + beta * *v,
            };
        }
    }
}

const BETA: Parameter = Parameter::new("β", Domain::BELOW_ONE);

pub(super) const POLYAK: Named<OptimizerMaker> = Named {
    name: "momentum",
    summary: "v ← β·v + g, along v",
    reference: "Polyak 1964",
    parameters: &[BETA],
    what: OptimizerMaker(polyak, polyak),
};

fn polyak<T: Scalar>(values: &Values, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
    momentum(values, Lookahead::None, dim)
}

pub(super) const NESTEROV: Named<OptimizerMaker> = Named {
    name: "nesterov",
    summary: "v ← β·v + g, along g + β·v",
    reference: "Nesterov 1983, as Sutskever et al., ICML 2013",
    parameters: &[BETA],
    what: OptimizerMaker(nesterov, nesterov),
};

fn nesterov<T: Scalar>(values: &Values, dim: usize) -> Vec<Box<dyn Optimizer<T>>> {
    momentum(values, Lookahead::One, dim)
}

/// Without a memory it changes nothing.
fn momentum<T: Scalar>(
    values: &Values,
    lookahead: Lookahead,
    dim: usize,
) -> Vec<Box<dyn Optimizer<T>>> {
    match values.real("β") {
        0.0 => Vec::new(),
        beta => vec![Box::new(Momentum {
            beta: kernel::below_one(beta),
            lookahead,
            velocity: vec![T::ZERO; dim],
        })],
    }
}
