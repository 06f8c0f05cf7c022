//! A problem of which everything is known that theory asks for: `L`, `Δ` and `σ²` exactly.

use asgrad::methods::Assumptions;
use asgrad::{JobContext, Oracle, OracleError, Snapshot};
use ps_core::distribution::normal;

/// `Δ = f(x_0) − f*`.
pub(crate) const DESCENT: f64 = 1.0;
/// `LΔ/ε`.
pub(crate) const STEPS: f64 = 10.0;

/// Whose data the workers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// All the same.
    Alike,
    /// Each its own.
    Different,
}

/// `f_i(x, y) = ½ l_i (x − c_i)² + ½ h y²`, with normal noise of variance `σ²` on the first
/// component of the gradient, the steep one, where it does most harm. All of `Δ` is in the flat
/// one: the start is `(0, √(2Δ/h))`, with `h` so that `‖∇f(x_0)‖² = eε`, the quadratic for which
/// plain steps take longest to get to `‖∇f‖² = ε`.
///
/// Of data that are alike `l_i = 1` and `c_i = 0`. Otherwise `l_i` is ½ and 3⁄2 by turns, and the
/// faster half of the workers has its centre at `c`, the slower at `−c`, far apart;
/// `Σ l_i c_i = 0`, so that `f` has its minimum at 0.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    curvatures: Vec<f64>,
    centres: Vec<f64>,
    flat: f64,
    /// `σ`.
    deviation: f64,
    /// `L`.
    smoothness: f64,
    /// `σ²`.
    noise: f64,
    /// `ε`.
    pub(crate) accuracy: f64,
}

impl Problem {
    /// For `n` workers, a multiple of 4, with this `σ²/ε`.
    pub(crate) fn new(data: Data, n: usize, noise_to_accuracy: f64) -> Self {
        assert!(n.is_multiple_of(4), "{n} workers");
        let curvatures: Vec<f64> = match data {
            Data::Alike => vec![1.0; n],
            Data::Different => [0.5, 1.5].into_iter().cycle().take(n).collect(),
        };
        let squares: f64 = curvatures.iter().map(|l| l * l).sum();
        // Of `‖∇f(x) − (1/n)Σ∇f_i(y_i)‖² ≤ (L²/n)Σ‖x − y_i‖²`; f itself is 1-smooth.
        let smoothness = (squares / n as f64).sqrt();
        let accuracy = smoothness * DESCENT / STEPS;
        let far = match data {
            Data::Alike => 0.0,
            Data::Different => 4.0 * n as f64 * accuracy.sqrt(),
        };
        let noise = noise_to_accuracy * accuracy;
        Self {
            curvatures,
            centres: (0..n).map(|i| if i < n / 2 { far } else { -far }).collect(),
            flat: std::f64::consts::E * accuracy / (2.0 * DESCENT),
            deviation: noise.sqrt(),
            smoothness,
            noise,
            accuracy,
        }
    }

    /// What theory is told.
    pub(crate) fn assumptions(&self) -> Assumptions {
        Assumptions::new(self.smoothness, self.noise, self.accuracy).unwrap()
    }

    /// `x_0`.
    pub(crate) fn start(&self) -> Snapshot {
        Snapshot::initial(&[0.0, (2.0 * DESCENT / self.flat).sqrt()])
    }

    /// `‖∇f‖²`; the mean of the `l_i` is 1.
    pub(crate) fn squared_norm(&self, x: &[f64]) -> f64 {
        x[0] * x[0] + (self.flat * x[1]).powi(2)
    }
}

impl Oracle for Problem {
    fn dim(&self) -> usize {
        2
    }

    fn n_workers(&self) -> Option<usize> {
        Some(self.centres.len())
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        x: &[f64],
        out: &mut [f64],
    ) -> Result<(), OracleError> {
        let i = job.worker().index();
        let noise = match self.deviation {
            0.0 => 0.0,
            deviation => {
                let normal = normal(job.rng());
                deviation * normal
            }
        };
        out[0] = self.curvatures[i] * (x[0] - self.centres[i]) + noise;
        out[1] = self.flat * x[1];
        Ok(())
    }
}
