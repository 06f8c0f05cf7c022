//! Softmax regression: `ℓ(z, y) = ln Σ_k e^(z_k) − z_y` for one of `K` classes.

use ps_core::math::{exp, ln};

use crate::model::Model;

/// Classification by the largest of `K` outputs.
///
/// The parameters are laid out class by class: component `k·d + j` is the weight of feature `j` for
/// class `k`, as in scikit-learn's `coef_`.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    n_classes: usize,
}

impl Softmax {
    /// For labels below `n_classes`.
    ///
    /// # Panics
    /// If there are no classes.
    pub fn new(n_classes: usize) -> Self {
        assert!(n_classes > 0, "at least one class");
        Self { n_classes }
    }
}

#[inline(always)]
fn largest(z: &[f64]) -> f64 {
    z.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

impl Model for Softmax {
    type Label = u32;

    fn n_outputs(&self) -> usize {
        self.n_classes
    }

    #[inline(always)]
    fn loss(&self, z: &[f64], label: u32) -> f64 {
        let largest = largest(z);
        let sum: f64 = z.iter().map(|z| exp(z - largest)).sum();
        ln(sum) + (largest - z[label as usize])
    }

    #[inline(always)]
    fn derive(&self, z: &mut [f64], label: u32) {
        let largest = largest(z);
        let mut sum = 0.0;
        for z in z.iter_mut() {
            *z = exp(*z - largest);
            sum += *z;
        }
        z.iter_mut().for_each(|z| *z /= sum);
        z[label as usize] -= 1.0;
    }

    /// Of equal outputs the first is the guess.
    fn is_right(&self, z: &[f64], label: u32) -> Option<bool> {
        let largest = largest(z);
        let guess = z.iter().position(|&z| z == largest);
        Some(guess == Some(label as usize))
    }
}

#[cfg(test)]
mod tests;
