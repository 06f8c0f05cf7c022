mod unequal;

use rayon::ThreadPoolBuilder;

use super::*;
use crate::csr::Csr;
use crate::dense::Dense;
use crate::least_squares::LeastSquares;
use crate::logistic::{Logistic, Side};
use crate::softmax::Softmax;
use crate::testing::{difference, full_gradient, gradient_of, norm, try_gradient};

/// 7 rows of 4 features, about half of them zero.
fn dense() -> Rows<f64> {
    let value = |at: usize| match (at * 7 + 3) % 5 {
        0 | 1 => 0.0,
        other => other as f64 - 2.5 + at as f64 / 28.0,
    };
    Dense::new(4, (0..28).map(value).collect()).into()
}

/// The same rows without the zeros.
fn sparse() -> Rows<f64> {
    let Rows::Dense(dense) = dense() else {
        unreachable!("it was just made dense")
    };
    let (mut starts, mut columns, mut values) = (vec![0], vec![], vec![]);
    for row in 0..7 {
        for (column, &value) in (0..).zip(dense.row(row)) {
            if value != 0.0 {
                columns.push(column);
                values.push(value);
            }
        }
        starts.push(values.len());
    }
    Csr::new(4, starts, columns, values).unwrap().into()
}

/// Row 6 belongs to nobody.
fn workers() -> [Vec<usize>; 3] {
    [vec![2, 0], vec![5], vec![1, 3, 4]]
}

const SIDES: [Side; 7] = {
    use Side::{Negative as N, Positive as P};
    [N, P, P, N, P, N, N]
};

/// Every model, on the rows given, with a regulariser.
fn every_model<T: Scalar>(rows: &Rows<f64>, batch: Batch) -> [Box<dyn Objective<T>>; 3] {
    fn risk<T: Scalar, M: Model>(
        model: M,
        rows: &Rows<f64>,
        labels: &[M::Label],
        batch: Batch,
    ) -> Box<dyn Objective<T>> {
        let risk = EmpiricalRisk::new(model, rows, labels, &workers()).unwrap();
        let risk = risk.regularizer(Regularizer::nonconvex(0.1));
        Box::new(risk.batch(batch).unwrap())
    }
    let classes = [0, 2, 1, 1, 0, 2, 1];
    let targets = [0.5, -1.0, 2.0, 0.0, 3.0, 1.0, 7.0];
    [
        risk(Logistic, rows, &SIDES, batch),
        risk(Softmax::new(3), rows, &classes, batch),
        risk(LeastSquares, rows, &targets, batch),
    ]
}

fn point<T: Scalar>(dim: usize) -> Vec<T> {
    (0..dim)
        .map(|j| T::from_f64(ps_core::math::sin(j as f64 * 1.7)))
        .collect()
}

fn size(batch: usize) -> Batch {
    Batch::Size(batch.try_into().unwrap())
}

fn assert_close<T: Scalar>(a: &[T], b: &[T], tolerance: f64) {
    let distance = norm(&difference(a, b));
    assert!(distance <= tolerance, "{distance}: {a:?} and {b:?}");
}

#[test]
fn the_gradient_agrees_with_finite_differences_of_the_loss() {
    for rows in [dense(), sparse()] {
        for objective in every_model::<f64>(&rows, Batch::Full) {
            let x = point(objective.dim());
            let differences: Vec<f64> = (0..x.len())
                .map(|j| {
                    let at = |change: f64| {
                        let mut x = x.clone();
                        x[j] += change;
                        objective.loss(&x)
                    };
                    (at(1e-5) - at(-1e-5)) / 2e-5
                })
                .collect();
            assert_close(&full_gradient(&*objective, &x), &differences, 1e-8);
        }
    }
}

#[test]
fn the_objective_is_the_mean_over_workers_of_means_over_rows() {
    let rows = Dense::new(1, vec![1.0, 2.0, 3.0]).into();
    let risk: EmpiricalRisk<f64, _> =
        EmpiricalRisk::new(LeastSquares, &rows, &[1.0; 3], &[vec![1], vec![0, 2]]).unwrap();
    // Residuals at 1: 0, 1, 2.
    assert_eq!(risk.loss(&[1.0]), (0.5 + (0.0 + 2.0) / 2.0) / 2.0);
    assert_eq!(
        full_gradient(&risk, &[1.0]),
        [(2.0 + (0.0 + 6.0) / 2.0) / 2.0]
    );
    assert_eq!(gradient_of(&risk, 0, 0, &[1.0]), [2.0]);
    assert_eq!(gradient_of(&risk, 1, 0, &[1.0]), [3.0]);
}

#[test]
fn the_full_gradient_is_the_mean_of_the_workers_full_batches() {
    for objective in every_model::<f64>(&sparse(), Batch::Full) {
        let x = point(objective.dim());
        let mut mean = vec![0.0; x.len()];
        for worker in 0..3 {
            let gradient = gradient_of(&*objective, worker, 9, &x);
            for (mean, gradient) in mean.iter_mut().zip(gradient) {
                *mean += gradient / 3.0;
            }
        }
        assert_close(&full_gradient(&*objective, &x), &mean, 1e-14);
    }
}

#[test]
fn the_gradient_of_a_worker_alone_is_that_of_its_full_batch_whatever_the_batch() {
    let pairs = every_model::<f64>(&dense(), Batch::Full)
        .into_iter()
        .zip(every_model::<f64>(&dense(), size(1)));
    for (full, small) in pairs {
        let x = point(full.dim());
        let mut mean = vec![0.0; x.len()];
        for worker in 0..3 {
            let mut out = vec![f64::NAN; x.len()];
            assert!(small.worker_gradient(WorkerId::new(worker), &x, &mut out));
            assert_eq!(out, gradient_of(&*full, worker, 0, &x));
            for (mean, out) in mean.iter_mut().zip(out) {
                *mean += out / 3.0;
            }
        }
        assert_close(&full_gradient(&*small, &x), &mean, 1e-14);
        assert!(!small.worker_gradient(WorkerId::new(3), &x, &mut mean));
    }
}

#[test]
fn loss_and_gradient_are_the_same_together_and_apart() {
    for objective in every_model::<f32>(&dense(), Batch::Full) {
        let x = point(objective.dim());
        let mut gradient = vec![f32::NAN; x.len()];
        assert_eq!(
            objective.loss_and_gradient(&x, &mut gradient),
            objective.loss(&x)
        );
        assert_eq!(gradient, full_gradient(&*objective, &x));
    }
}

#[test]
fn dense_and_sparse_rows_give_the_same() {
    let pairs = every_model::<f64>(&dense(), size(1))
        .into_iter()
        .zip(every_model::<f64>(&sparse(), size(1)));
    for (dense, sparse) in pairs {
        let x = point(dense.dim());
        assert!((dense.loss(&x) - sparse.loss(&x)).abs() < 1e-14);
        assert_eq!(dense.accuracy(&x), sparse.accuracy(&x));
        let gradients = (
            gradient_of(&*dense, 2, 4, &x),
            gradient_of(&*sparse, 2, 4, &x),
        );
        assert_close(&gradients.0, &gradients.1, 1e-14);
    }
}

#[test]
fn single_precision_agrees_with_double_precision() {
    let pairs = every_model::<f64>(&sparse(), size(1))
        .into_iter()
        .zip(every_model::<f32>(&sparse(), size(1)));
    for (double, single) in pairs {
        let (x, y) = (point::<f64>(double.dim()), point::<f32>(single.dim()));
        assert!((double.loss(&x) - single.loss(&y)).abs() < 1e-6);
        let widened = |gradient: Vec<f32>| gradient.into_iter().map(f64::from).collect::<Vec<_>>();
        let (a, b) = (
            gradient_of(&*double, 2, 1, &x),
            gradient_of(&*single, 2, 1, &y),
        );
        assert_close(&a, &widened(b), 1e-5);
        let (a, b) = (full_gradient(&*double, &x), full_gradient(&*single, &y));
        assert_close(&a, &widened(b), 1e-5);
    }
}

#[test]
fn a_worker_draws_from_all_of_its_own_rows_and_from_no_others() {
    // Row i is 1 at feature i and 0 elsewhere, so that a gradient shows which rows it was taken
    // over.
    let rows = Csr::new(6, (0..=6).collect(), (0..6).collect(), vec![1.0; 6]);
    let rows = rows.unwrap().into();
    let workers = [vec![4, 1], vec![0, 2, 5]];
    let risk = EmpiricalRisk::<f64, _>::new(LeastSquares, &rows, &[-1.0; 6], &workers).unwrap();
    let risk = risk.batch(size(2)).unwrap();
    for (worker, own) in workers.iter().enumerate() {
        let mut seen = [0.0; 6];
        for job in 0..50 {
            let gradient = gradient_of(&risk, worker, job, &[0.0; 6]);
            assert_eq!(gradient.iter().filter(|&&g| g == 0.5).count(), 2);
            for (seen, gradient) in seen.iter_mut().zip(gradient) {
                *seen += gradient;
            }
        }
        for (row, seen) in seen.into_iter().enumerate() {
            assert_eq!(seen > 0.0, own.contains(&row), "worker {worker}, row {row}");
        }
    }
}

#[test]
fn a_mini_batch_is_unbiased() {
    let rows = sparse();
    let risk = |batch| {
        let share = [(0..7).collect()];
        let risk = EmpiricalRisk::<f64, _>::new(Logistic, &rows, &SIDES, &share).unwrap();
        risk.batch(batch).unwrap()
    };
    let x = point(4);
    let exact = gradient_of(&risk(Batch::Full), 0, 0, &x);
    for batch in [1, 3, 6] {
        let risk = risk(size(batch));
        let (mut mean, mut spread, jobs) = (vec![0.0; 4], 0.0, 20_000);
        for job in 0..jobs {
            let gradient = gradient_of(&risk, 0, job, &x);
            spread += norm(&difference(&gradient, &exact)).powi(2) / jobs as f64;
            for (mean, gradient) in mean.iter_mut().zip(gradient) {
                *mean += gradient / jobs as f64;
            }
        }
        assert!(spread > 0.01, "batches of {batch} do not differ: {spread}");
        assert_close(&mean, &exact, 4.0 * (spread / jobs as f64).sqrt());
    }
}

#[test]
fn a_batch_of_all_rows_is_the_full_batch_up_to_rounding() {
    let rows = sparse();
    let share = [vec![0, 1, 2, 3, 4, 5, 6]];
    let risk = |batch| {
        let risk = EmpiricalRisk::<f64, _>::new(Logistic, &rows, &SIDES, &share).unwrap();
        risk.batch(batch).unwrap()
    };
    let x = point(4);
    let all = gradient_of(&risk(size(7)), 0, 3, &x);
    assert_close(&all, &gradient_of(&risk(Batch::Full), 0, 3, &x), 1e-15);
}

#[test]
fn a_gradient_depends_on_seed_worker_and_job_and_on_nothing_else() {
    let [objective, ..] = every_model::<f64>(&dense(), size(1));
    let x = point(4);
    let first: Vec<_> = (0..20)
        .map(|job| gradient_of(&*objective, 2, job, &x))
        .collect();
    let other_threads = std::thread::scope(|scope| {
        let again = scope.spawn(|| {
            gradient_of(&*objective, 0, 77, &x);
            let jobs = (0..20).rev();
            jobs.map(|job| gradient_of(&*objective, 2, job, &x))
                .collect::<Vec<_>>()
        });
        again.join().unwrap()
    });
    assert!(first.iter().eq(other_threads.iter().rev()));
    assert!(first.iter().any(|gradient| gradient != &first[0]));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let n_rows = 5000;
    let values = (0..n_rows * 8)
        .map(|at| ps_core::math::sin((at * at) as f64))
        .collect();
    let rows = Dense::new(8, values).into();
    let labels: Vec<f64> = (0..n_rows)
        .map(|row| ps_core::math::cos(row as f64))
        .collect();
    let workers = [
        (0..17).collect(),
        (17..4000).collect(),
        (4000..n_rows).collect(),
    ];
    let risk: EmpiricalRisk<f32, _> =
        EmpiricalRisk::new(LeastSquares, &rows, &labels, &workers).unwrap();
    assert!(risk.blocks.len() > 1, "{} blocks", risk.blocks.len());
    let x = point(8);
    let with_threads = |n| {
        let pool = ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        pool.install(|| {
            let mut gradient = vec![0.0; 8];
            (risk.loss_and_gradient(&x, &mut gradient), gradient)
        })
    };
    assert_eq!(with_threads(1), with_threads(2));
    assert_eq!(with_threads(1), with_threads(5));
}

#[test]
fn the_weights_of_all_rows_are_1_together_however_they_are_cut() {
    let risk: EmpiricalRisk<f64, _> =
        EmpiricalRisk::new(Logistic, &dense(), &SIDES, &workers()).unwrap();
    for cut in 0..=6 {
        let parts = risk.weighted(0..cut).chain(risk.weighted(cut..6));
        let sum: f64 = parts.map(|(part, weight)| part.len() as f64 * weight).sum();
        assert!((sum - 1.0).abs() < 1e-15, "{cut}: {sum}");
    }
}

#[test]
fn accuracy_is_measured_on_held_out_rows_when_there_are_any() {
    let rows: Rows<f64> = Dense::new(1, vec![1.0, -1.0, 2.0, 3.0]).into();
    let labels = [
        Side::Positive,
        Side::Negative,
        Side::Negative,
        Side::Positive,
    ];
    let risk = || -> EmpiricalRisk<f64, _> {
        EmpiricalRisk::new(Logistic, &rows, &labels, &[vec![0, 1]]).unwrap()
    };
    assert_eq!(risk().accuracy(&[1.0]), Some(1.0));
    assert_eq!(
        risk().held_out(&rows, &labels, &[]).accuracy(&[1.0]),
        Some(1.0)
    );
    assert_eq!(
        risk().held_out(&rows, &labels, &[2, 3]).accuracy(&[1.0]),
        Some(0.5)
    );
    let targets = [0.0; 4];
    let numbers = EmpiricalRisk::<f64, _>::new(LeastSquares, &rows, &targets, &[vec![0]]);
    assert_eq!(numbers.unwrap().accuracy(&[1.0]), None);
}

#[test]
fn a_batch_above_the_rows_of_a_worker_is_refused_by_name() {
    let risk = || EmpiricalRisk::<f64, _>::new(Logistic, &dense(), &SIDES, &workers()).unwrap();
    assert!(risk().batch(size(1)).is_ok());
    let error = risk().batch(size(2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "batch-size 2: worker 1 has 1 row; at most 1 fits every worker, or full"
    );
}

#[test]
fn workers_without_rows_and_jobs_without_workers_are_refused() {
    let new = |workers: &[Vec<usize>]| {
        EmpiricalRisk::<f64, _>::new(Logistic, &dense(), &SIDES, workers)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(new(&[]), "workers 0: at least one is needed");
    assert_eq!(
        new(&[vec![1], vec![]]),
        "workers 2: more than the 1 row to share out"
    );
    let [objective, ..] = every_model::<f64>(&dense(), size(1));
    let error = try_gradient(&*objective, 3, 0, &point(4)).unwrap_err();
    assert_eq!(error.to_string(), "worker 3 of 3");
}
