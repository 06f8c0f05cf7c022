use super::*;

#[test]
fn two_classes_are_logistic_regression_on_the_difference() {
    use crate::logistic::{Logistic, Side};
    for z in [[1.0, 3.0], [-2.0, 5.0], [0.0, 0.0]] {
        let difference = [z[1] - z[0]];
        let loss = Softmax::new(2).loss(&z, 1);
        assert!((loss - Logistic.loss(&difference, Side::Positive)).abs() < 1e-15);
        let (mut two, mut one) = (z, difference);
        Softmax::new(2).derive(&mut two, 1);
        Logistic.derive(&mut one, Side::Positive);
        assert!((two[1] - one[0]).abs() < 1e-15);
        assert!((two[0] + one[0]).abs() < 1e-15);
    }
}

#[test]
fn no_output_is_too_large() {
    let mut z = [1e308, -1e308, 0.0];
    assert_eq!(Softmax::new(3).loss(&z, 0), 0.0);
    assert_eq!(Softmax::new(3).loss(&z, 2), 1e308);
    Softmax::new(3).derive(&mut z, 0);
    assert_eq!(z, [0.0, 0.0, 0.0]);
}

#[test]
fn the_first_of_the_largest_outputs_is_the_guess() {
    let right = |z: [f64; 3], label| Softmax::new(3).is_right(&z, label).unwrap();
    assert!(right([0.0, 2.0, 1.0], 1));
    assert!(!right([0.0, 2.0, 1.0], 2));
    assert!(right([0.0; 3], 0) && !right([0.0; 3], 1));
}
