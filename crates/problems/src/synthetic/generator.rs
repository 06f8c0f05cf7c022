//! The generator of `synthetic(α, β)`.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use ps_core::distribution::normal;
use ps_core::{JobId, Purpose, Seed, Stream, WorkerId, math};

use super::{Heterogeneity, Synthetic};
use crate::dataset::Dataset;
use crate::dense::Dense;

/// What the rows of one worker are drawn from.
struct Device {
    weights: Array2<f64>,
    bias: Array1<f64>,
    centre: Array1<f64>,
}

impl Device {
    /// `W x + b`, by sums of our own: what ndarray multiplies with depends on features that any
    /// other crate may turn on.
    fn scores(&self, x: &Array1<f64>) -> Array1<f64> {
        let product = |row: ArrayView1<'_, f64>| row.iter().zip(x).map(|(w, x)| w * x).sum();
        self.weights.map_axis(Axis(1), product) + &self.bias
    }
}

impl Synthetic {
    /// The data of so many workers, one after the other; labels count from 0. A worker's rows do
    /// not depend on how many others there are.
    ///
    /// # Panics
    /// If there are no features or no classes.
    pub fn generate(&self, n_workers: usize, seed: Seed) -> Dataset {
        assert!(self.n_classes > 0, "at least one class");
        let n_rows = n_workers * self.rows_per_worker;
        let mut values = Vec::with_capacity(n_rows * self.n_features);
        let mut labels = Vec::with_capacity(n_rows);
        let deviations =
            Array1::from_shape_fn(self.n_features, |j| math::pow((j + 1) as f64, -1.2 / 2.0));
        for worker in 0..n_workers {
            let mut stream = seed.stream(Purpose::Data, WorkerId::new(worker), JobId::new(0));
            let device = self.device(seed, &mut stream);
            for _ in 0..self.rows_per_worker {
                let x = normals(self.n_features, &mut stream) * &deviations + &device.centre;
                labels.push(largest(&device.scores(&x)));
                values.extend(x);
            }
        }
        Dataset::new(Dense::new(self.n_features, values), labels)
    }

    fn device(&self, seed: Seed, stream: &mut Stream) -> Device {
        match self.heterogeneity {
            Heterogeneity::Iid => {
                // Job 0 of worker 0 is the stream of its rows.
                let mut shared = seed.stream(Purpose::Data, WorkerId::new(0), JobId::new(1));
                self.device_around(0.0, Array1::zeros(self.n_features), &mut shared)
            }
            Heterogeneity::Devices { alpha, beta } => {
                let model_mean = alpha * normal(stream);
                let input_mean = beta * normal(stream);
                let centre = normals(self.n_features, stream) + input_mean;
                self.device_around(model_mean, centre, stream)
            }
        }
    }

    fn device_around(&self, mean: f64, centre: Array1<f64>, stream: &mut Stream) -> Device {
        let shape = (self.n_classes, self.n_features);
        Device {
            weights: Array2::from_shape_simple_fn(shape, || mean + normal(stream)),
            bias: normals(self.n_classes, stream) + mean,
            centre,
        }
    }
}

fn normals(n: usize, stream: &mut Stream) -> Array1<f64> {
    Array1::from_shape_simple_fn(n, || normal(stream))
}

/// The position of the largest number, as a label. (The softmax has its maximum where its argument
/// has.)
fn largest(scores: &Array1<f64>) -> f64 {
    let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.expect("there is at least one class").0 as f64
}

#[cfg(test)]
mod tests;
