//! Problems of files.

use std::io::Write;
use std::path::PathBuf;

use super::*;

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

    fn source(&self) -> Source {
        self.0.to_str().unwrap().parse().unwrap()
    }

    fn spec(&self) -> ProblemSpec {
        ProblemSpec {
            batch: Batch::Full,
            ..ProblemSpec::new(self.source())
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
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
        let said = format!("{:#}", spec.load::<f64>(1, Seed::new(1)).unwrap_err());
        said.strip_prefix("--data: ").unwrap().to_owned()
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
    let one = "problem softmax: the data has 1 different label, expected 2 to 1000";
    assert!(softmax("1,2\n1,2\n").starts_with(one));
    let many: String = (0..1001).map(|label| format!("1,{label}\n")).collect();
    assert!(softmax(&many).starts_with("problem softmax: the data has 1001 different label"));
}

#[test]
fn a_missing_or_malformed_file_is_no_fault_of_the_request() {
    let missing = ProblemSpec::new("no/such.csv".parse().unwrap());
    let error = missing.load::<f64>(2, Seed::new(1)).unwrap_err();
    assert!(!error.is_request());
    assert!(
        error
            .to_string()
            .starts_with("data: cannot read no/such.csv: ")
    );
    let nearly = ProblemSpec::new("digit".parse().unwrap());
    let error = nearly.load::<f64>(2, Seed::new(1)).unwrap_err();
    let said = "data: cannot read digit: there is no such file; did you mean `digits`?";
    assert_eq!(error.to_string(), said);
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

/// Training and test data with these settings, if they go together.
fn tested(data: &File, test: &File, settings: &str) -> Result<Problem<f64>, String> {
    let spec = ProblemSpec {
        test_data: Some(test.source()),
        problem: (!settings.is_empty()).then(|| settings.parse().unwrap()),
        ..data.spec()
    };
    spec.load::<f64>(1, Seed::new(1))
        .map_err(|error| format!("{error:#}"))
}

#[test]
fn accuracy_is_measured_on_a_file_of_its_own() {
    let data = File::new("train", "1 1:1 3:1\n-1 1:-1 2:1\n");
    let test = File::new("test", "-1 1:1\n1 2:-1\n-1 1:-2\n1 1:3\n");
    let problem = tested(&data, &test, "").unwrap();
    // Two features of three: the third is 0.
    assert_eq!(problem.objective.accuracy(&[1.0, -1.0, 9.0]), Some(0.75));
    assert_eq!(
        (problem.held_out_rows, &problem.rows_per_worker[..]),
        (4, &[2][..])
    );
    assert!(
        problem.description.contains("; accuracy on 4 rows of "),
        "{problem:?}"
    );
    // What text is numbered as is what it is in the data.
    let data = File::new("train.csv", "1,a\n2,b\n3,c\n");
    let test = File::new("test.csv", "1,c\n2,c\n-1,b\n");
    let problem = tested(&data, &test, "").unwrap();
    assert_eq!(
        problem.objective.accuracy(&[0.0, 0.0, 1.0]),
        Some(2.0 / 3.0)
    );
    let missing = File::new("missing.csv", "1,c\n-1,a\n1,d\n");
    let said = tested(&data, &missing, "").unwrap_err();
    let unknown = "missing.csv:3:2: label \"d\" is none of those in the data that are learnt from";
    assert!(said.ends_with(unknown), "{said}");
}

#[test]
fn test_data_that_do_not_go_with_the_data_are_refused() {
    let data = File::new("small", "1 1:1 2:1\n-1 1:-1\n");
    let refuse = |text: &str, settings: &str| {
        let test = File::new("other", text);
        tested(&data, &test, settings).unwrap_err()
    };
    let more = "--test-data: its rows have 3 features, and those of the data 2; give a file of the same features";
    assert_eq!(refuse("1 3:1\n", ""), more);
    let label = refuse("1 1:1\n2 1:1\n", "");
    assert!(
        label.contains("other:2:1: label \"2\" is none of those"),
        "{label}"
    );
    let numbers = refuse("1 1:1\n", "least-squares");
    assert!(
        numbers.starts_with("--test-data: least-squares has no accuracy"),
        "{numbers}"
    );
    let dense = File::new("dense.csv", "1,2,0\n3,4,1\n");
    let fewer = File::new("fewer.csv", "1,0\n");
    assert!(
        tested(&dense, &fewer, "")
            .unwrap_err()
            .contains("have 1 feature,")
    );
    let refused = |spec: ProblemSpec| refuse_request(&spec);
    let held_out = ProblemSpec {
        test_data: Some(fewer.source()),
        holdout: Some(0.5),
        ..dense.spec()
    };
    assert!(refused(held_out).contains("holdout sets rows aside"));
    let digits = ProblemSpec {
        test_data: Some(fewer.source()),
        ..ProblemSpec::new(Source::Digits)
    };
    assert!(refused(digits).contains("test-data: "));
    let twice = ProblemSpec {
        test_data: Some("-".parse().unwrap()),
        ..ProblemSpec::new("-".parse().unwrap())
    };
    let said = "--test-data -: --data is read from there, too; give one of them as a file";
    assert_eq!(refused(twice), said);
}

fn refuse_request(spec: &ProblemSpec) -> String {
    let error = spec.load::<f64>(1, Seed::new(1)).unwrap_err();
    assert!(error.is_request(), "{error}");
    format!("{error:#}")
}

#[test]
fn a_feature_beyond_f32_is_refused_in_f32_alone() {
    let file = File::new("large.csv", "1,2,0\n3,-1e39,1\n");
    let error = file.spec().load::<f32>(1, Seed::new(1)).unwrap_err();
    let said =
        "large.csv:2: feature 2 is -1e39, beyond the largest number of f32; use f64, or scale it";
    assert!(error.to_string().ends_with(said), "{error}");
    let problem = file.spec().load::<f64>(1, Seed::new(1)).unwrap();
    assert_eq!(problem.largest_feature, 1e39);
}

#[test]
fn several_problems_are_made_of_one_reading() {
    let file = File::new("once.csv", "1,2,0\n3,4,1\n5,6,1\n");
    let spec = file.spec();
    let files = spec.read().unwrap();
    drop(file);
    for (seed, n_workers) in [(1, 1), (2, 3)] {
        let problem = spec.load_with::<f64>(&files, n_workers, Seed::new(seed));
        assert_eq!(problem.unwrap().rows_per_worker.iter().sum::<usize>(), 3);
    }
    let two = ProblemSpec {
        rows: Some(2),
        ..spec
    };
    let problem = two.load_with::<f64>(&files, 1, Seed::new(1)).unwrap();
    assert_eq!(problem.rows_per_worker, [2]);
}
