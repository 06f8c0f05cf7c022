use super::*;
use crate::partition::Partition;

#[test]
fn every_row_is_on_exactly_one_side() {
    let rows = HoldOut::draw(0.3, 101, Seed::new(4)).unwrap();
    assert_eq!(rows.held_out.len(), 30);
    let mut all = [rows.training, rows.held_out].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..101));
}

#[test]
fn another_seed_sets_other_rows_aside() {
    let draw = |seed| HoldOut::draw(0.3, 100, Seed::new(seed)).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn the_draw_is_not_the_one_that_a_shuffled_partition_makes() {
    let seed = Seed::new(1);
    let rows = HoldOut::draw(0.3, 100, seed).unwrap();
    let shares = Partition::shuffled()
        .share_out(&[0.0; 100], 1, seed)
        .unwrap();
    let mut last = shares.workers[0][70..].to_vec();
    last.sort_unstable();
    assert_ne!(last, rows.held_out);
}

#[test]
fn nothing_is_set_aside_for_0() {
    let rows = HoldOut::draw(0.0, 3, Seed::new(1)).unwrap();
    assert_eq!((rows.training, rows.held_out), (vec![0, 1, 2], vec![]));
}

#[test]
fn a_fraction_that_leaves_a_side_empty_is_refused() {
    for fraction in [-0.1, 1.0, 1.5, f64::NAN, 0.01, 0.99] {
        let error = HoldOut::draw(fraction, 10, Seed::new(1)).unwrap_err();
        assert!(error.to_string().starts_with("holdout "), "{error}");
    }
}
