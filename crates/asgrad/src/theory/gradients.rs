//! Gradients beside the run, at the versions that are looked at.

use ps_core::{
    JobContext, JobId, Objective, OracleError, Purpose, Scalar, Seed, Snapshot, Version, WorkerId,
};
use rand::Rng;

use super::vectors::{add, distance_squared, from_scalars, is_finite, norm_squared};

/// Computes gradients, with random numbers that the run did not use.
pub(super) struct Gradients<'a, T: Scalar> {
    objective: &'a dyn Objective<T>,
    pub(super) n_workers: usize,
    /// Number of stochastic gradients that are drawn of each worker at each version.
    draws: u32,
    seed: Seed,
    buffer: Vec<T>,
    /// Number of draws of each worker so far: each draw has a random stream of its own.
    drawn: u64,
}

/// What was found at one version.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    pub(super) version: u64,
    pub(super) loss: f64,
    /// `∇f`.
    pub(super) gradient: Vec<f64>,
    /// `∇f_i − ∇f` of each worker.
    pub(super) deviations: Vec<Vec<f64>>,
    /// `E‖g_i − ∇f_i‖²` of each worker.
    pub(super) noise: Vec<f64>,
    /// Whether the `∇f_i` are known exactly.
    pub(super) is_exact: bool,
    /// The number of draws that stand in for each if not.
    draws: u32,
}

impl<'a, T: Scalar> Gradients<'a, T> {
    pub(super) fn new(
        objective: &'a dyn Objective<T>,
        n_workers: usize,
        draws: u32,
        seed: Seed,
    ) -> Self {
        let seed = Seed::new(seed.stream_of_run(Purpose::Theory).next_u64());
        Self {
            objective,
            n_workers,
            draws,
            seed,
            buffer: vec![T::ZERO; objective.dim()],
            drawn: 0,
        }
    }

    /// The gradient of the objective.
    pub(super) fn full(&mut self, x: &[T]) -> Vec<f64> {
        self.objective.full_gradient(x, &mut self.buffer);
        from_scalars(&self.buffer)
    }

    /// The exact gradient of one worker, if it is known.
    pub(super) fn of_worker(&mut self, worker: WorkerId, x: &[T]) -> Option<Vec<f64>> {
        let is_known = self.objective.worker_gradient(worker, x, &mut self.buffer);
        is_known.then(|| from_scalars(&self.buffer))
    }

    /// Everything that is needed at one version. `None`: a number is not finite.
    pub(super) fn survey(
        &mut self,
        snapshot: &Snapshot<T>,
    ) -> Result<Option<Survey>, (WorkerId, OracleError)> {
        let x = snapshot.values();
        let loss = self.objective.loss_and_gradient(x, &mut self.buffer);
        let gradient = from_scalars(&self.buffer);
        let (mut noise, mut workers, mut is_exact) = (Vec::new(), Vec::new(), true);
        for worker in (0..self.n_workers).map(WorkerId::new) {
            let exact = self.of_worker(worker, x);
            is_exact &= exact.is_some();
            let drawn = self.draw(worker, x, exact);
            let (mean, variance) = drawn.map_err(|error| (worker, error))?;
            noise.push(variance);
            workers.push(mean);
        }
        self.drawn += u64::from(self.draws);
        let mean = mean(&workers);
        for worker in &mut workers {
            add(worker, -1.0, &mean);
        }
        let survey = Survey {
            version: snapshot.version().number(),
            loss,
            gradient,
            deviations: workers,
            noise,
            is_exact,
            draws: self.draws,
        };
        Ok(survey.is_finite().then_some(survey))
    }

    /// The gradient of one worker, and the mean squared distance of its stochastic gradients from
    /// it. If it is not known, their mean stands in for it, and one of them less is counted.
    fn draw(
        &mut self,
        worker: WorkerId,
        x: &[T],
        exact: Option<Vec<f64>>,
    ) -> Result<(Vec<f64>, f64), OracleError> {
        let mut squares = 0.0;
        let mut mean = vec![0.0; x.len()];
        for draw in 0..self.draws {
            let job = JobId::new(self.drawn + u64::from(draw));
            let mut job = JobContext::new(worker, job, self.seed, &|| false);
            self.objective.gradient(&mut job, x, &mut self.buffer)?;
            let drawn = from_scalars(&self.buffer);
            match &exact {
                Some(exact) => squares += distance_squared(&drawn, exact),
                None => {
                    // The sum of squares around a mean that moves (Welford).
                    let count = f64::from(draw + 1);
                    squares += distance_squared(&drawn, &mean) * (1.0 - 1.0 / count);
                    move_towards(&mut mean, &drawn, count);
                }
            }
        }
        let draws = f64::from(self.draws);
        Ok(match exact {
            Some(exact) => (exact, squares / draws),
            None => (mean, squares / (draws - 1.0)),
        })
    }

    /// A random stream for one purpose of the meter itself.
    pub(super) fn stream(&self, version: Version) -> impl Rng + use<T> {
        let job = JobId::new(version.number());
        self.seed.stream(Purpose::Theory, WorkerId::new(0), job)
    }
}

impl Survey {
    /// `‖∇f_i − ∇f‖²` of each worker. Where means of draws stand in for the `∇f_i`, what their
    /// noise adds on average is taken off, and a single value may come out below 0.
    pub(super) fn heterogeneity(&self) -> Vec<f64> {
        let squares = self.deviations.iter().map(|d| norm_squared(d));
        if self.is_exact {
            return squares.collect();
        }
        // The deviation of worker i is (1 − 1/n) of its own mean and −1/n of each other one.
        let n = self.noise.len() as f64;
        let draws = f64::from(self.draws);
        let all = self.noise.iter().sum::<f64>() / (n * n);
        let added = self
            .noise
            .iter()
            .map(|own| (own * (1.0 - 2.0 / n) + all) / draws);
        squares
            .zip(added)
            .map(|(square, added)| square - added)
            .collect()
    }

    /// `∇f_i`.
    pub(super) fn of_worker(&self, worker: usize) -> Vec<f64> {
        let mut gradient = self.gradient.clone();
        add(&mut gradient, 1.0, &self.deviations[worker]);
        gradient
    }

    /// `‖∇f‖²`.
    pub(super) fn square(&self) -> f64 {
        norm_squared(&self.gradient)
    }

    fn is_finite(&self) -> bool {
        let all = [&self.gradient, &self.noise];
        let vectors = all.into_iter().chain(&self.deviations);
        self.loss.is_finite() && vectors.into_iter().all(|vector| is_finite(vector))
    }
}

/// The mean, which is exactly the vector itself when all are equal.
fn mean(vectors: &[Vec<f64>]) -> Vec<f64> {
    let dim = vectors.first().map_or(0, Vec::len);
    let mut mean = vec![0.0; dim];
    for (vector, count) in vectors.iter().zip(1u32..) {
        move_towards(&mut mean, vector, f64::from(count));
    }
    mean
}

/// Moves the mean of `count − 1` vectors to that of `count`, of which this one is the last.
fn move_towards(mean: &mut [f64], vector: &[f64], count: f64) {
    for (mean, value) in mean.iter_mut().zip(vector) {
        *mean += (value - *mean) / count;
    }
}
