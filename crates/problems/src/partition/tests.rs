use proptest::prelude::*;

use super::*;

fn share_out(rule: &Partition, labels: &[f64], n_workers: usize, seed: u64) -> Shares {
    rule.share_out(labels, n_workers, Seed::new(seed)).unwrap()
}

/// The share of each worker's rows that have label 1.
fn shares_of_ones(labels: &[f64], shares: &Shares) -> Vec<f64> {
    let of =
        |rows: &Vec<usize>| rows.iter().map(|&row| labels[row]).sum::<f64>() / rows.len() as f64;
    shares.workers.iter().map(of).collect()
}

fn spread(numbers: &[f64]) -> f64 {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let squares = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (squares / numbers.len() as f64).sqrt()
}

#[test]
fn as_many_classes_as_workers_go_one_to_each_whatever_their_sizes() {
    let labels = [5.0, -1.0, 2.0, 5.0, 5.0];
    let shares = share_out(&Partition::by_label(), &labels, 3, 1);
    assert_eq!(shares.workers, [vec![1], vec![2], vec![0, 3, 4]]);
    assert_eq!(shares.unused, 0);
}

#[test]
fn otherwise_by_label_cuts_the_sorted_rows_into_equal_blocks() {
    let labels = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let shares = share_out(&Partition::by_label(), &labels, 3, 1);
    assert_eq!(shares.workers, [[1, 3], [5, 0], [2, 4]]);
    assert_eq!(shares.unused, 1);
}

#[test]
fn with_all_the_rest_of_the_rows_goes_to_the_first_workers() {
    let labels = [0.0; 8];
    let shares = share_out(&"contiguous:all".parse().unwrap(), &labels, 3, 1);
    assert_eq!(shares.workers, [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7]]);
    let shares = share_out(&"shuffled:all".parse().unwrap(), &labels, 5, 1);
    let sizes: Vec<_> = shares.workers.iter().map(Vec::len).collect();
    assert_eq!((sizes, shares.unused), (vec![2, 2, 2, 1, 1], 0));
    let shuffled = share_out(&Partition::shuffled(), &labels, 4, 1);
    assert_eq!(
        share_out(&"shuffled:all".parse().unwrap(), &labels, 4, 1),
        shuffled
    );
}

#[test]
fn a_shuffle_depends_on_the_seed_alone() {
    let labels = vec![0.0; 50];
    let rule = Partition::shuffled();
    assert_eq!(
        share_out(&rule, &labels, 5, 1),
        share_out(&rule, &labels, 5, 1)
    );
    assert_ne!(
        share_out(&rule, &labels, 5, 1),
        share_out(&rule, &labels, 5, 2)
    );
}

#[test]
fn a_small_concentration_gives_workers_that_differ_and_a_large_one_alike_ones() {
    let labels: Vec<f64> = (0..4000).map(|row| f64::from(row % 2)).collect();
    let spread = |concentration| {
        let shares = share_out(&Partition::dirichlet(concentration), &labels, 10, 3);
        spread(&shares_of_ones(&labels, &shares))
    };
    assert!(spread(0.1) > 0.25, "{}", spread(0.1));
    assert!(spread(1000.0) < 0.05, "{}", spread(1000.0));
}

#[test]
fn proportions_have_the_mean_and_variance_of_the_distribution() {
    let mut stream = Seed::new(5).stream_of_run(Purpose::Partition);
    let (n, concentration) = (4, 0.5);
    let draws: Vec<f64> = (0..20_000)
        .map(|_| proportions(n, concentration, &mut stream)[1])
        .collect();
    let mean = draws.iter().sum::<f64>() / draws.len() as f64;
    // Variance of one component of Dir(a, …, a): (1/n)(1 − 1/n)/(n a + 1).
    let expected = (0.25 * 0.75 / 3.0f64).sqrt();
    assert!((mean - 0.25).abs() < 0.01, "{mean}");
    assert!(
        (spread(&draws) - expected).abs() < 0.005,
        "{}",
        spread(&draws)
    );
}

#[test]
fn more_workers_than_rows_and_no_workers_are_refused() {
    for rule in [
        "contiguous",
        "contiguous:all",
        "shuffled",
        "by-label",
        "dirichlet:1",
    ] {
        let rule: Partition = rule.parse().unwrap();
        let refuse = |n_workers| {
            let shares = rule.share_out(&[1.0, 2.0], n_workers, Seed::new(1));
            shares.unwrap_err().to_string()
        };
        assert_eq!(refuse(3), "workers 3: more than the 2 rows to share out");
        assert_eq!(refuse(0), "workers 0: at least one is needed");
    }
}

#[test]
fn what_is_typed_is_understood_and_written_the_same_way() {
    for word in [
        "contiguous",
        "contiguous:all",
        "shuffled:all",
        "shuffled",
        "by-label",
        "dirichlet:0.3",
    ] {
        assert_eq!(word.parse::<Partition>().unwrap().to_string(), word);
    }
    let refuse = |word: &str| word.parse::<Partition>().unwrap_err().to_string();
    let list = "there are contiguous[:all], shuffled[:all], by-label, dirichlet:α";
    assert_eq!(
        refuse("sorted"),
        format!("unknown partition `sorted`; {list}")
    );
    assert_eq!(
        refuse("dirichlet"),
        "partition `dirichlet`: its form is dirichlet:α"
    );
    assert_eq!(
        refuse("shuffled:1"),
        "partition `shuffled:1`: all is 1, and must be all or equal"
    );
    for number in ["0", "-1", "nan", "inf", "", "x"] {
        let error = refuse(&format!("dirichlet:{number}"));
        assert!(error.ends_with("must be above 0 and finite"), "{error}");
    }
}

proptest! {
    #[test]
    fn no_row_is_given_twice_and_nobody_goes_without(
        labels in proptest::collection::vec((0..4u8).prop_map(f64::from), 1..60),
        n_workers in 1..60usize,
        seed: u64,
        concentration in prop_oneof![Just(5e-324), Just(1e-6), Just(0.1), Just(1.0), Just(1e6)],
    ) {
        prop_assume!(n_workers <= labels.len());
        let rules = [
            Partition::contiguous(),
            Partition::shuffled(),
            "contiguous:all".parse().unwrap(),
            "shuffled:all".parse().unwrap(),
            Partition::by_label(),
            Partition::dirichlet(concentration),
        ];
        for rule in rules {
            let shares = share_out(&rule, &labels, n_workers, seed);
            prop_assert_eq!(shares.workers.len(), n_workers);
            prop_assert!(shares.workers.iter().all(|rows| !rows.is_empty()));
            let mut given = shares.workers.concat();
            given.sort_unstable();
            prop_assert_eq!(given.len() + shares.unused, labels.len());
            given.dedup();
            prop_assert_eq!(given.len() + shares.unused, labels.len());
            prop_assert!(shares.unused < n_workers);
            if rule.name() == "dirichlet" || rule.to_string().ends_with("all") {
                prop_assert_eq!(shares.unused, 0);
            }
        }
    }
}
