use super::*;
use crate::row::RowSet;

#[test]
fn the_first_row_is_the_zero_it_is_known_for() {
    let digits = load();
    let Rows::Dense(rows) = digits.rows() else {
        panic!("the digits are dense")
    };
    let row = rows.row(0);
    assert_eq!(row[..6], [0.0, 0.0, 5.0, 13.0, 9.0, 1.0].map(|v| v / 16.0));
    assert_eq!(row[64], 1.0);
    assert_eq!(digits.labels()[..4], [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn every_digit_is_as_frequent_as_the_data_sheet_says() {
    let digits = load();
    let count = |digit: f64| digits.labels().iter().filter(|&&l| l == digit).count();
    let counts: Vec<usize> = (0..10u8).map(|digit| count(f64::from(digit))).collect();
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
}

#[test]
fn pixels_lie_between_0_and_1_and_reach_both() {
    let digits = load();
    let Rows::Dense(rows) = digits.rows() else {
        panic!("the digits are dense")
    };
    let pixels = || (0..1797).flat_map(|row| &rows.row(row)[..64]).copied();
    assert_eq!(pixels().fold(1.0, f64::min), 0.0);
    assert_eq!(pixels().fold(0.0, f64::max), 1.0);
}
