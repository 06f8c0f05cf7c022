//! A quadratic with noise of which everything is known that theory asks for.

use asgrad::{JobContext, Objective, Oracle, OracleError, WorkerId};
use rand::RngExt;

/// `f_i(x) = ½ Σ_j h_j (x_j − c_ij)²`, where `c_i` is on the first axis, with noise of a known
/// size.
#[derive(Clone)]
pub(crate) struct Noisy {
    pub(crate) curvatures: Vec<f64>,
    pub(crate) centres: Vec<f64>,
    /// `E‖g_i − ∇f_i‖²`.
    pub(crate) variances: Vec<f64>,
    /// Whether it tells the exact gradients of single workers.
    pub(crate) knows_workers: bool,
}

impl Noisy {
    fn write(&self, centre: f64, x: &[f64], out: &mut [f64]) {
        for ((out, x), h) in out.iter_mut().zip(x).zip(&self.curvatures) {
            *out = h * x;
        }
        out[0] -= self.curvatures[0] * centre;
    }

    fn mean_centre(&self) -> f64 {
        self.centres.iter().sum::<f64>() / self.centres.len() as f64
    }

    /// `‖∇f_i − ∇f‖²`.
    pub(crate) fn heterogeneity(&self) -> Vec<f64> {
        let off = |centre: &f64| (self.curvatures[0] * (centre - self.mean_centre())).powi(2);
        self.centres.iter().map(off).collect()
    }
}

impl Oracle for Noisy {
    fn dim(&self) -> usize {
        self.curvatures.len()
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
        let worker = job.worker().index();
        self.write(self.centres[worker], x, out);
        // A uniform number in ±√(3v) has variance v.
        let half = (3.0 * self.variances[worker] / x.len() as f64).sqrt();
        for out in out {
            *out += half * job.rng().random_range(-1.0..1.0);
        }
        Ok(())
    }
}

impl Objective for Noisy {
    fn loss(&self, x: &[f64]) -> f64 {
        let squares = |centre: &f64| -> f64 {
            let mut gradient = vec![0.0; x.len()];
            self.write(*centre, x, &mut gradient);
            let pairs = gradient.iter().zip(&self.curvatures);
            pairs.map(|(g, h)| 0.5 * g * g / h).sum()
        };
        self.centres.iter().map(squares).sum::<f64>() / self.centres.len() as f64
    }

    fn full_gradient(&self, x: &[f64], out: &mut [f64]) {
        self.write(self.mean_centre(), x, out);
    }

    fn worker_gradient(&self, worker: WorkerId, x: &[f64], out: &mut [f64]) -> bool {
        if self.knows_workers {
            self.write(self.centres[worker.index()], x, out);
        }
        self.knows_workers
    }
}
