//! Workers of which some have more rows than others.

use super::*;
use crate::weights::Weights;

#[test]
fn weighted_by_rows_the_objective_is_the_mean_over_rows_and_the_regulariser_is_in_it_once() {
    // Worker 0 has one row, worker 1 the other 99.
    let value = |row: u32| f64::from(row % 7) - 2.0;
    let rows: Rows<f64> = Dense::new(1, (0..100).map(value).collect()).into();
    let workers = [vec![0], (1..100).collect()];
    let labels = [0.5; 100];
    let risk: EmpiricalRisk<f64, _> =
        EmpiricalRisk::new(LeastSquares, &rows, &labels, &workers).unwrap();
    let risk = risk
        .weights(Weights::Rows)
        .regularizer(Regularizer::l2(0.25));
    let x = 1.5;
    let residual = |row| value(row) * x - 0.5;
    let mean = (0..100)
        .map(|row| residual(row) * residual(row) / 2.0)
        .sum::<f64>()
        / 100.0;
    assert!((risk.loss(&[x]) - (mean + 0.125 * x * x)).abs() < 1e-14);
    let slope = (0..100).map(|row| residual(row) * value(row)).sum::<f64>() / 100.0 + 0.25 * x;
    assert!((full_gradient(&risk, &[x])[0] - slope).abs() < 1e-14);
    let of = |worker| {
        let mut alone = [f64::NAN];
        assert!(risk.worker_gradient(WorkerId::new(worker), &[x], &mut alone));
        assert_eq!(alone[..], gradient_of(&risk, worker, 0, &[x]));
        alone[0]
    };
    assert_eq!(of(0), 2.0 * 0.01 * residual(0) * value(0) + 0.25 * x);
    assert!(((of(0) + of(1)) / 2.0 - slope).abs() < 1e-14);
}

#[test]
fn weighted_by_rows_sparse_gradients_are_those_of_dense_ones() {
    for batch in [Batch::Full, size(1)] {
        let risk = |rows: &Rows<f64>| {
            let risk = EmpiricalRisk::<f64, _>::new(Logistic, rows, &SIDES, &workers()).unwrap();
            risk.weights(Weights::Rows).batch(batch).unwrap()
        };
        let x = point(4);
        for worker in 0..3 {
            let dense = gradient_of(&risk(&dense()), worker, 4, &x);
            assert_close(&gradient_of(&risk(&sparse()), worker, 4, &x), &dense, 1e-15);
        }
    }
}

#[test]
fn a_batch_up_to_a_number_is_cut_to_the_rows_of_each_worker() {
    // Worker 2 has three rows, worker 0 two and worker 1 one.
    let up_to_2 = Batch::UpTo(2.try_into().unwrap());
    let sized = |batch| every_model::<f64>(&dense(), batch);
    let full = sized(Batch::Full);
    for (cut, full) in sized(up_to_2).iter().zip(full) {
        let x = point(cut.dim());
        let at = |objective: &dyn Objective<f64>, worker| gradient_of(objective, worker, 5, &x);
        for worker in [0, 1] {
            assert_close(&at(&**cut, worker), &at(&*full, worker), 1e-14);
        }
        let distance = norm(&difference(&at(&**cut, 2), &at(&*full, 2)));
        assert!(distance > 1e-3, "{distance}");
    }
}
