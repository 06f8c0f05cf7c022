//! Hogwild!: threads that share the model. Whatever the threads do, these hold exactly.

mod ends;
mod traces;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use asgrad::ps_core::{Action, SparseOracle, Support};
use asgrad::{
    Clock, Event, Experiment, JobContext, Law, Observer, OnLoss, Oracle, OracleError, Scalar,
    Summary,
};
use problems::{Batch, Csr, EmpiricalRisk, LeastSquares, Logistic, Model, Regularizer, Side};
use ps_core::sync::Mutex;
use rand::RngExt;

use crate::support::failing::{failing, problem};
use crate::support::{cluster, equal, gradient_of, quadratic};

/// Whole numbers for gradients, at a few components, whatever the model is.
pub(crate) struct Whole {
    dim: usize,
    is_sparse: bool,
}

/// Three neighbouring components, and what the gradient is there.
fn draw(job: &mut JobContext<'_>, dim: usize) -> [(usize, f64); 3] {
    let first = job.rng().random_range(0..dim);
    [0, 1, 2].map(|next| {
        let value = job.rng().random_range(-8i32..=8);
        ((first + next) % dim, f64::from(value))
    })
}

impl<T: Scalar> Oracle<T> for Whole {
    fn dim(&self) -> usize {
        self.dim
    }

    fn gradient(
        &self,
        job: &mut JobContext<'_>,
        _: &[T],
        out: &mut [T],
    ) -> Result<(), OracleError> {
        out.fill(T::ZERO);
        for (index, value) in draw(job, self.dim) {
            out[index] = T::from_f64(value);
        }
        Ok(())
    }

    fn sparse(&self) -> Option<&dyn SparseOracle<T>> {
        self.is_sparse.then_some(self)
    }
}

impl<T: Scalar> SparseOracle<T> for Whole {
    fn sparse_gradient(
        &self,
        job: &mut JobContext<'_>,
        read: &mut dyn FnMut(&mut Support<T>),
        support: &mut Support<T>,
    ) -> Result<(), OracleError> {
        let drawn = draw(job, self.dim);
        support.indices = drawn
            .map(|(index, _)| u32::try_from(index).unwrap())
            .to_vec();
        read(support);
        support.gradient = drawn.map(|(_, value)| T::from_f64(value)).to_vec();
        Ok(())
    }
}

/// Which worker did which job.
#[derive(Clone, Default)]
struct Tally(Arc<Mutex<BTreeMap<u64, usize>>>);

impl Observer for Tally {
    fn observe(&mut self, event: &Event) {
        if let Event::Received(received) = event {
            assert_eq!(received.action, Action::Applied);
            let (job, worker) = (received.job.number(), received.worker.index());
            let before = self.0.lock().insert(job, worker);
            assert_eq!(before, None, "a job is done once");
        }
    }
}

fn no_update_is_lost<T: Scalar>(n_workers: usize, is_sparse: bool) {
    const UPDATES: u64 = 4_000;
    let (dim, step_size) = (5, 0.125);
    let start: Vec<T> = (0..dim).map(|i| T::from_f64(i as f64)).collect();
    let tally = Tally::default();
    let summary = Experiment::new(Whole { dim, is_sparse })
        .method("hogwild")
        .workers(n_workers)
        .step_size(step_size)
        .start(start.clone())
        .updates(UPDATES)
        .observer(tally.clone())
        .run()
        .unwrap();
    let done = tally.0.lock();
    assert_eq!(done.len() as u64, UPDATES, "exactly so many");
    let mut expected = start;
    for (&job, &worker) in &*done {
        let oracle = Whole { dim, is_sparse };
        let g = gradient_of(&oracle, 1, (worker, job), &expected);
        for (x, g) in expected.iter_mut().zip(g) {
            *x += -(T::from_f64(step_size) * g);
        }
    }
    assert_eq!(
        summary.model.values(),
        expected,
        "{n_workers} threads, sparse: {is_sparse}"
    );
    assert_eq!((summary.updates, summary.gradients), (UPDATES, UPDATES));
}

/// Sums of eighths are exact in any order.
#[test]
fn no_update_is_lost_whatever_the_interleaving() {
    for n_workers in [1, 2, 3, 8] {
        for is_sparse in [false, true] {
            no_update_is_lost::<f64>(n_workers, is_sparse);
            no_update_is_lost::<f32>(n_workers, is_sparse);
        }
    }
}

fn run<T: Scalar>(experiment: Experiment<T>, method: &str) -> Summary<T> {
    let experiment = experiment.method(method).workers(1).step_size(0.05);
    experiment.updates(300).run().unwrap()
}

fn one_thread_is_sgd<T: Scalar>() {
    let experiment = || Experiment::<T>::new(problem(1, 3)).seed(3);
    let hogwild = run(experiment(), "hogwild");
    let pure = run(experiment(), "pure");
    let in_virtual_time = experiment()
        .clock(Clock::Virtual)
        .cluster(cluster(&[1.0], Law::exponential()));
    let in_virtual_time = run(in_virtual_time, "pure");
    assert_ne!(
        pure.model.values(),
        vec![T::ZERO; pure.model.values().len()]
    );
    assert_eq!(hogwild.model_hash, pure.model_hash);
    assert_eq!(hogwild.model_hash, in_virtual_time.model_hash);
}

#[test]
fn with_one_thread_it_is_sgd_bit_for_bit() {
    one_thread_is_sgd::<f64>();
    one_thread_is_sgd::<f32>();
}

/// Twelve rows of three values each, of twenty columns.
fn sparse_rows() -> Csr<f64> {
    let columns = (0..12u32).flat_map(|row| [row, row + 3, row + 8]).collect();
    let values = (0..36).map(|i| ps_core::math::sin(f64::from(i))).collect();
    Csr::new(20, (0..13).map(|row| 3 * row).collect(), columns, values).unwrap()
}

fn on_sparse_rows<T: Scalar, M: Model>(model: M, labels: &[M::Label]) -> EmpiricalRisk<T, M> {
    let shares = [(0..12).collect()];
    let risk = EmpiricalRisk::new(model, &sparse_rows().into(), labels, &shares).unwrap();
    let risk = risk.regularizer(Regularizer::none());
    risk.batch(Batch::Size(4.try_into().unwrap())).unwrap()
}

fn sparse_is_dense<T: Scalar, M: Model>(model: impl Fn() -> M, labels: &[M::Label]) {
    let risk = || on_sparse_rows::<T, M>(model(), labels);
    assert!(risk().sparse().is_some());
    let start: Vec<T> = (0..20)
        .map(|i| T::from_f64(ps_core::math::cos(f64::from(i))))
        .collect();
    let experiment = || Experiment::new(risk()).start(start.clone());
    let (hogwild, pure) = (run(experiment(), "hogwild"), run(experiment(), "pure"));
    assert_ne!(pure.model.values(), start);
    assert_eq!(hogwild.model_hash, pure.model_hash);
}

#[test]
fn reading_the_support_alone_gives_the_bits_of_reading_everything() {
    let labels: Vec<f64> = (0..12).map(|i| f64::from(i % 5)).collect();
    sparse_is_dense::<f64, _>(|| LeastSquares, &labels);
    sparse_is_dense::<f32, _>(|| LeastSquares, &labels);
    let side = |i: u32| {
        if i.is_multiple_of(3) {
            Side::Positive
        } else {
            Side::Negative
        }
    };
    let sides: Vec<Side> = (0..12).map(side).collect();
    sparse_is_dense::<f64, _>(|| Logistic, &sides);
    sparse_is_dense::<f32, _>(|| Logistic, &sides);
}

#[test]
fn there_are_exactly_as_many_updates_as_were_asked_for() {
    for updates in [0, 1, 2, 7, 300] {
        let oracle = Whole {
            dim: 8,
            is_sparse: false,
        };
        let summary = Experiment::<f64>::new(oracle)
            .method("hogwild")
            .workers(3)
            .updates(updates)
            .run()
            .unwrap();
        assert_eq!((summary.updates, summary.gradients), (updates, updates));
        assert_eq!(summary.stop_reason.word(), "updates");
    }
}

#[test]
fn a_strongly_convex_problem_is_solved() {
    let experiment = Experiment::with_objective(quadratic(&[2.0; 4]));
    let experiment = experiment.method("hogwild").step_size(0.05);
    let summary = experiment.updates(2_000).run().unwrap();
    assert!((summary.model.values()[0] - 2.0).abs() < 1e-9);
    assert!(summary.gradient_norm.unwrap() < 1e-9);
}

#[test]
fn a_zero_step_leaves_the_model_where_it_is() {
    let start = vec![0.3, -1.5, 0.0, 7.0, 1.0];
    let oracle = Whole {
        dim: 5,
        is_sparse: false,
    };
    let experiment = Experiment::new(oracle).method("hogwild").workers(2);
    let summary = experiment
        .start(start.clone())
        .step_size(0.0)
        .updates(500)
        .run()
        .unwrap();
    assert_eq!(summary.model.values(), start);
}

/// The others take the jobs of the one that is gone, so that there are as many updates as were
/// asked for.
#[test]
fn a_lost_worker_stops_and_the_others_go_on() {
    let oracle = failing(problem::<f64>(3, 1), |worker, _| worker == 1);
    let summary = Experiment::new(oracle)
        .method("hogwild")
        .cluster(cluster(&equal(3), Law::none()))
        .on_lost_worker(OnLoss::Continue)
        .updates(400)
        .run()
        .unwrap();
    assert_eq!(summary.updates, 400);
    assert_eq!(summary.gradients_per_worker[1], 0);
    assert_eq!(summary.gradients_per_worker.iter().sum::<u64>(), 400);
}

#[test]
fn one_read_of_each_worker_in_sixteen_is_looked_at_and_alone_none_is_torn() {
    for (n_workers, updates) in [(1, 160), (1, 161), (2, 2_000)] {
        let oracle = Whole {
            dim: 8,
            is_sparse: false,
        };
        let experiment = Experiment::<f64>::new(oracle).method("hogwild");
        let summary = experiment
            .workers(n_workers)
            .updates(updates)
            .run()
            .unwrap();
        let reads = summary.reads.unwrap();
        let each = summary.gradients_per_worker.iter();
        assert_eq!(
            reads.sampled,
            each.map(|jobs| jobs.div_ceil(16)).sum::<u64>()
        );
        assert!(reads.torn <= reads.sampled);
        assert!(n_workers > 1 || reads.torn == 0);
    }
}
