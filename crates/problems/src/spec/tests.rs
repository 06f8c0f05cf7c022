mod files;

use super::*;
use crate::testing::{difference, full_gradient, gradient_of, norm};

fn digits(problem: ProblemKind, partition: Partition) -> ProblemSpec {
    ProblemSpec {
        problem: Some(problem),
        partition: Some(partition),
        batch: Batch::Full,
        ..ProblemSpec::new(Source::Digits)
    }
}

fn refuse(spec: &ProblemSpec, n_workers: usize) -> String {
    let error = spec.load::<f64>(n_workers, Seed::new(1)).unwrap_err();
    assert!(error.is_request(), "{error}");
    error.to_string()
}

/// The minimiser, by Nesterov's method for a smooth and strongly convex function, restarted when it
/// overshoots.
fn minimiser(objective: &dyn Objective<f64>, step: f64) -> Vec<f64> {
    let mut x = vec![0.0; objective.dim()];
    let (mut y, mut k) = (x.clone(), 0.0);
    loop {
        let gradient = full_gradient(objective, &y);
        if norm(&gradient) < 1e-5 {
            return y;
        }
        let next: Vec<f64> = y.iter().zip(&gradient).map(|(y, g)| y - step * g).collect();
        let moved = difference(&next, &x);
        let overshoots: f64 = gradient.iter().zip(&moved).map(|(g, m)| g * m).sum();
        k = if overshoots > 0.0 { 0.0 } else { k + 1.0 };
        let momentum = k / (k + 3.0);
        y = next
            .iter()
            .zip(&moved)
            .map(|(x, m)| x + momentum * m)
            .collect();
        x = next;
    }
}

/// `(1/n) Σ ‖∇f_i − ∇f‖²`.
fn heterogeneity(problem: &Problem<f64>, x: &[f64]) -> f64 {
    let mean = full_gradient(&*problem.objective, x);
    let n = problem.rows_per_worker.len();
    let distance = |worker| {
        let gradient = gradient_of(&*problem.objective, worker, 0, x);
        norm(&difference(&gradient, &mean)).powi(2)
    };
    (0..n).map(distance).sum::<f64>() / n as f64
}

#[test]
fn the_digits_have_the_minimum_and_the_heterogeneity_they_are_known_for() {
    let optimum = |kind, partition| {
        let problem = digits(kind, partition)
            .load::<f64>(10, Seed::new(1))
            .unwrap();
        let x = minimiser(&*problem.objective, 0.1);
        (problem.objective.loss(&x), heterogeneity(&problem, &x))
    };
    let (loss, zeta) = optimum(ProblemKind::logistic(), Partition::by_label());
    assert!((loss - 0.2991).abs() < 1e-3, "{loss}");
    assert!((zeta - 0.480).abs() < 0.01, "{zeta}");
    let (_, zeta) = optimum(ProblemKind::logistic(), Partition::shuffled());
    assert!((0.002..0.012).contains(&zeta), "{zeta}");
    let (_, zeta) = optimum(ProblemKind::softmax(), Partition::by_label());
    assert!((zeta - 0.213).abs() < 0.01, "{zeta}");
    let (_, zeta) = optimum(ProblemKind::softmax(), Partition::shuffled());
    assert!((0.001..0.008).contains(&zeta), "{zeta}");
}

#[test]
fn digits_are_softmax_by_label_unless_asked_otherwise() {
    let problem = ProblemSpec::new(Source::Digits)
        .load::<f32>(10, Seed::new(1))
        .unwrap();
    assert_eq!(problem.kind, ProblemKind::softmax());
    assert_eq!(problem.partition, Some(Partition::by_label()));
    assert_eq!(
        problem.rows_per_worker,
        [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    );
    assert_eq!((problem.unused_rows, problem.held_out_rows), (0, 0));
    assert_eq!(
        (problem.objective.dim(), problem.objective.n_workers()),
        (650, Some(10))
    );
    assert_eq!(
        problem.description,
        "softmax + l2:0.001 on digits: 1797 rows of 65 features, by-label among 10 workers"
    );
}

#[test]
fn digits_from_5_are_positive() {
    let problem = digits(ProblemKind::logistic(), Partition::by_label())
        .load::<f64>(10, Seed::new(1))
        .unwrap();
    let intercept = |value| {
        let mut x = vec![0.0; 65];
        x[64] = value;
        x
    };
    let share_from_5 = (182 + 181 + 179 + 174 + 180) as f64 / 1797.0;
    assert_eq!(
        problem.objective.accuracy(&intercept(1.0)),
        Some(share_from_5)
    );
    // Worker 4 has the fours only, worker 5 the fives only.
    assert!(gradient_of(&*problem.objective, 4, 0, &intercept(0.0))[64] > 0.0);
    assert!(gradient_of(&*problem.objective, 5, 0, &intercept(0.0))[64] < 0.0);
}

#[test]
fn rows_are_set_aside_before_the_others_are_shared_out() {
    let spec = ProblemSpec {
        holdout: Some(0.2),
        ..digits(ProblemKind::softmax(), Partition::shuffled())
    };
    let problem = spec.load::<f64>(10, Seed::new(1)).unwrap();
    assert_eq!(problem.held_out_rows, 359);
    assert_eq!(problem.rows_per_worker, [143; 10]);
    assert_eq!(problem.unused_rows, 8);
    let all = ProblemSpec {
        holdout: Some(1.0),
        ..spec
    };
    let said = "holdout 1: expected a fraction above 0 and below 1";
    assert_eq!(refuse(&all, 10), said);
    let few = ProblemSpec {
        holdout: Some(0.0001),
        ..all
    };
    let said = "holdout 0.0001: of 1797 rows it leaves one side without any; give a fraction nearer to 0.5";
    assert_eq!(refuse(&few, 10), said);
}

#[test]
fn no_worker_has_a_row_that_is_held_out() {
    let spec = ProblemSpec {
        holdout: Some(0.3),
        ..ProblemSpec::new(Source::Digits)
    };
    let labels = crate::digits::load().labels().to_vec();
    let division = spec.divide(&labels, 10, Seed::new(1)).unwrap();
    for (digit, rows) in (0..10u8).zip(&division.workers) {
        assert!(rows.iter().all(|&row| labels[row] == f64::from(digit)));
    }
    let mut all = [division.workers.concat(), division.held_out].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..1797));
}

#[test]
fn generated_data_gives_each_worker_its_own_rows() {
    let source: Source = "synthetic:1,1".parse().unwrap();
    let spec = ProblemSpec::new(source);
    let problem = spec.load::<f64>(5, Seed::new(1)).unwrap();
    assert_eq!(
        (problem.rows_per_worker, problem.unused_rows),
        (vec![200; 5], 0)
    );
    assert_eq!(
        (problem.kind, problem.objective.dim()),
        (ProblemKind::softmax(), 600)
    );
    let fewer = ProblemSpec {
        rows: Some(101),
        ..spec.clone()
    };
    assert_eq!(
        fewer.load::<f64>(5, Seed::new(1)).unwrap().rows_per_worker,
        [20; 5]
    );
    let none = ProblemSpec {
        rows: Some(0),
        ..spec.clone()
    };
    assert_eq!(refuse(&none, 5), "rows 0: at least one is needed");
    let too_few = ProblemSpec {
        rows: Some(4),
        ..spec
    };
    assert_eq!(
        refuse(&too_few, 5),
        "workers 5: more than the 4 rows to share out"
    );
}

#[test]
fn a_quadratic_has_one_centre_for_each_worker_and_no_data() {
    let kind: ProblemKind = "quadratic:3,0,-6".parse().unwrap();
    let spec = ProblemSpec {
        problem: Some(kind),
        regularizer: Regularizer::none(),
        ..ProblemSpec::new(Source::Digits)
    };
    let problem = spec.load::<f64>(3, Seed::new(1)).unwrap();
    assert_eq!(problem.objective.dim(), 1);
    assert_eq!(problem.data_hash, None);
    assert_eq!(full_gradient(&*problem.objective, &[-1.0]), [0.0]);
    assert_eq!(
        refuse(&spec, 4),
        "problem quadratic: 3 centres for 4 workers; give one for each"
    );
    let batch = ProblemSpec {
        batch: Batch::Full,
        ..spec.clone()
    };
    let partition = ProblemSpec {
        partition: Some(Partition::shuffled()),
        ..spec
    };
    for (with, name) in [(batch, "batch-size"), (partition, "partition")] {
        let said = format!("{name}: a quadratic has no data; leave it out");
        assert_eq!(refuse(&with, 3), said);
    }
}

#[test]
fn a_batch_above_a_workers_rows_is_refused() {
    let spec = ProblemSpec {
        batch: "175".parse().unwrap(),
        ..ProblemSpec::new(Source::Digits)
    };
    assert_eq!(
        refuse(&spec, 10),
        "batch-size 175: worker 8 has 174 rows; at most 174 fits every worker, or full"
    );
}

#[test]
fn a_batch_up_to_a_number_is_that_number_where_everyone_has_so_many_rows() {
    let batch = |rows: usize, n_workers| {
        let spec = ProblemSpec {
            rows: Some(rows),
            partition: Some(Partition::contiguous()),
            ..ProblemSpec::new(Source::Digits)
        };
        let problem = spec.load::<f64>(n_workers, Seed::new(1)).unwrap();
        let drawn = gradient_of(&*problem.objective, 0, 0, &[0.0; 650]);
        assert!(drawn.iter().all(|g| g.is_finite()));
        problem.batch.to_string()
    };
    assert_eq!(batch(160, 10), "16");
    assert_eq!(batch(159, 10), "up-to:16");
    assert_eq!(batch(10, 10), "up-to:16");
}

#[test]
fn a_centre_beyond_the_number_type_is_refused() {
    let spec = ProblemSpec {
        problem: Some(ProblemKind::quadratic(vec![1e39, 1.0])),
        ..ProblemSpec::default()
    };
    assert!(spec.load::<f64>(2, Seed::new(1)).is_ok());
    let refused = spec.load::<f32>(2, Seed::new(1)).map(|_| ()).unwrap_err();
    let said = refused.to_string();
    assert_eq!(
        said,
        "precision f32: the centre 1e39 is infinite in it; use f64"
    );
}
