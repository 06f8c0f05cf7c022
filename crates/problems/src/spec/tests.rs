use std::io::Write;
use std::path::PathBuf;

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

/// A file in a directory of its own kind, deleted when dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("asgrad-problems-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        Self(path)
    }

    fn spec(&self) -> ProblemSpec {
        let source = self.0.to_str().unwrap().parse().unwrap();
        ProblemSpec {
            batch: Batch::Full,
            ..ProblemSpec::new(source)
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
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
fn a_file_with_two_labels_is_logistic_and_the_larger_is_positive() {
    for [smaller, larger] in [["-1", "+1"], ["0", "1"], ["1", "2"]] {
        let file = File::new(
            "two",
            &format!("{larger} 1:1\n{smaller} 1:-1 3:2\n{larger} 2:1\n"),
        );
        let problem = file.spec().load::<f64>(1, Seed::new(1)).unwrap();
        assert_eq!(problem.kind, ProblemKind::logistic());
        assert_eq!(problem.partition, Some(Partition::contiguous()));
        assert_eq!(problem.objective.dim(), 3);
        assert_eq!(problem.objective.accuracy(&[1.0, 1.0, 0.0]), Some(1.0));
    }
}

#[test]
fn a_part_of_a_file_keeps_the_labels_and_columns_of_the_whole() {
    let file = File::new("part", "1 1:1\n1 2:1\n0 7:1\n");
    let spec = ProblemSpec {
        rows: Some(2),
        ..file.spec()
    };
    let problem = spec.load::<f64>(2, Seed::new(1)).unwrap();
    assert_eq!(problem.kind, ProblemKind::logistic());
    assert_eq!(problem.objective.dim(), 7);
    assert_eq!(problem.rows_per_worker, [1, 1]);
    // Both are of the larger label.
    assert_eq!(problem.objective.accuracy(&[1.0; 7]), Some(1.0));
    let more = ProblemSpec {
        rows: Some(4),
        ..spec
    };
    assert_eq!(refuse(&more, 2), "rows 4: the data has 3 rows; give 1 to 3");
}

#[test]
fn any_other_file_is_least_squares_and_may_be_softmax() {
    let file = File::new("three.csv", "a,b,y\n1,0,3\n0,1,5\n1,1,9\n");
    let spec = file.spec();
    let problem = spec.load::<f64>(3, Seed::new(1)).unwrap();
    assert_eq!(problem.kind, ProblemKind::least_squares());
    assert_eq!(problem.objective.accuracy(&[0.0, 0.0]), None);
    let softmax = ProblemSpec {
        problem: Some(ProblemKind::softmax()),
        ..spec.clone()
    };
    assert_eq!(
        softmax
            .load::<f64>(3, Seed::new(1))
            .unwrap()
            .objective
            .dim(),
        6
    );
    let logistic = ProblemSpec {
        problem: Some(ProblemKind::logistic()),
        ..spec
    };
    let message = "problem logistic: the data has 3 labels, not two; use softmax for classes or least-squares for numbers";
    assert_eq!(refuse(&logistic, 3), message);
}

#[test]
fn labels_that_are_text_make_it_logistic_or_softmax() {
    let kind = |text: &str| {
        let file = File::new("text.csv", text);
        let problem = file.spec().load::<f64>(1, Seed::new(1)).unwrap();
        assert!(problem.description.contains("classes"), "{problem:?}");
        problem.kind
    };
    assert_eq!(kind("1,spam\n2,ham\n"), ProblemKind::logistic());
    assert_eq!(kind("1,a\n2,b\n3,c\n"), ProblemKind::softmax());
    let file = File::new("ham.csv", "1,spam\n-1,ham\n");
    let problem = file.spec().load::<f64>(1, Seed::new(1)).unwrap();
    assert_eq!(problem.objective.accuracy(&[1.0]), Some(1.0));
    let numbers = ProblemSpec {
        problem: Some(ProblemKind::least_squares()),
        ..file.spec()
    };
    let message = "problem least-squares: the labels are text; use logistic for two classes or softmax for more";
    assert_eq!(refuse(&numbers, 1), message);
}

#[test]
fn the_content_tells_the_format_where_the_name_does_not() {
    let csv = File::new("iris.data", "5;1;2\n6;1;3\n");
    let problem = csv.spec().load::<f64>(1, Seed::new(1)).unwrap();
    let said = "iris.data (CSV, separated by semicolons): 2 rows of 2 features";
    assert!(problem.description.contains(said), "{problem:?}");
    let libsvm = File::new("data", "1 2:3\n2 3:4\n");
    let problem = libsvm.spec().load::<f64>(1, Seed::new(1)).unwrap();
    assert!(problem.description.contains("data: 2 rows of 3 features"));
}

#[test]
fn a_directory_and_what_xz_has_packed_are_refused_with_the_way_out() {
    let refuse = |path: &str| {
        let spec = ProblemSpec::new(path.parse().unwrap());
        format!("{:#}", spec.load::<f64>(1, Seed::new(1)).unwrap_err())
    };
    let folder = std::env::temp_dir();
    let folder = folder.to_str().unwrap();
    assert_eq!(
        refuse(folder),
        format!("{folder} is a directory; give a file")
    );
    let packed = File::new("x.csv.xz", "");
    std::fs::write(&packed.0, b"\xfd7zXZ\0rest").unwrap();
    let path = packed.0.to_str().unwrap();
    let said = format!(
        "{path} is compressed with xz, which is not read; unpack it: xz -dc {path} | asgrad … --data -"
    );
    assert_eq!(refuse(path), said);
}

#[test]
fn settings_of_the_other_format_are_refused() {
    let with = |file: &File, label: Option<&str>, index_base: Option<&str>| {
        let spec = ProblemSpec {
            reading: Reading {
                label: label.map(|label| label.parse().unwrap()),
                index_base: index_base.map(|base| base.parse().unwrap()),
                header: None,
            },
            ..file.spec()
        };
        refuse(&spec, 1)
    };
    let csv = File::new("x.csv", "1,2\n");
    let said = with(&csv, None, Some("0"));
    assert!(
        said.starts_with("index-base: ")
            && said.ends_with("is CSV, and only LIBSVM text has it; leave it out")
    );
    let libsvm = File::new("x.svm", "1 2:3\n");
    let said = with(&libsvm, Some("first"), None);
    assert!(
        said.starts_with("label: ")
            && said.ends_with("is LIBSVM text, and only CSV has it; leave it out")
    );
}

#[test]
fn numbers_are_no_classes() {
    let softmax = |text| {
        let file = File::new("numbers.csv", text);
        let spec = ProblemSpec {
            problem: Some(ProblemKind::softmax()),
            ..file.spec()
        };
        refuse(&spec, 1)
    };
    assert!(softmax("1,2.5\n1,3\n").starts_with("problem softmax: label 2.5 is not a whole"));
    let one = "problem softmax: the data has 1 different labels, expected 2 to 1000";
    assert!(softmax("1,2\n1,2\n").starts_with(one));
    let many: String = (0..1001).map(|label| format!("1,{label}\n")).collect();
    assert!(softmax(&many).starts_with("problem softmax: the data has 1001 different labels"));
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
    assert!(refuse(&all, 10).starts_with("holdout 1: "));
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
    let partition = ProblemSpec {
        partition: Some(Partition::shuffled()),
        ..spec
    };
    assert_eq!(refuse(&partition, 3), "partition: a quadratic has no data");
}

#[test]
fn a_missing_or_malformed_file_is_no_fault_of_the_request() {
    let missing = ProblemSpec::new("no/such.csv".parse().unwrap());
    let error = missing.load::<f64>(2, Seed::new(1)).unwrap_err();
    assert!(!error.is_request());
    assert!(error.to_string().starts_with("cannot read no/such.csv: "));
    let file = File::new("malformed", "1 1:1\n1 x\n");
    let error = file.spec().load::<f64>(1, Seed::new(1)).unwrap_err();
    assert!(!error.is_request());
    assert!(
        error
            .to_string()
            .ends_with(":2:3: feature \"x\", expected index:value")
    );
}

#[test]
fn more_workers_than_rows_is_refused() {
    let file = File::new("few", "1 1:1\n-1 2:1\n");
    assert_eq!(
        refuse(&file.spec(), 3),
        "workers 3: more than the 2 rows to share out"
    );
    let none = ProblemSpec::new("synthetic:iid".parse().unwrap());
    assert_eq!(refuse(&none, 0), "workers 0: at least one is needed");
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
