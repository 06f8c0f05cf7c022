//! Least squares: `ℓ(z, y) = ½(z − y)²`.

use crate::model::Model;

/// Linear regression.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeastSquares;

impl Model for LeastSquares {
    type Label = f64;

    fn n_outputs(&self) -> usize {
        1
    }

    #[inline(always)]
    fn loss(&self, z: &[f64], label: f64) -> f64 {
        0.5 * (z[0] - label) * (z[0] - label)
    }

    #[inline(always)]
    fn derive(&self, z: &mut [f64], label: f64) {
        z[0] -= label;
    }

    fn is_right(&self, _z: &[f64], _label: f64) -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_half_the_square_and_its_derivative_the_residual() {
        let mut z = [3.0];
        assert_eq!(LeastSquares.loss(&z, 1.0), 2.0);
        LeastSquares.derive(&mut z, 1.0);
        assert_eq!(z, [2.0]);
    }
}
