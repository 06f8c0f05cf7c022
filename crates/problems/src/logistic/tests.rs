use super::*;

const SIDES: [Side; 2] = [Side::Negative, Side::Positive];

fn derivative(z: f64, label: Side) -> f64 {
    let mut z = [z];
    Logistic.derive(&mut z, label);
    z[0]
}

#[test]
fn no_margin_is_too_large() {
    for z in [0.0, 1.0, 709.0, 710.0, 1e5, 1e308, f64::MAX] {
        for z in [z, -z] {
            for side in SIDES {
                let loss = Logistic.loss(&[z], side);
                assert!(loss >= (-side.margin(z)).max(0.0), "{z}: {loss}");
                assert!(loss <= z.abs() + 0.7, "{z}: {loss}");
                assert!(derivative(z, side).abs() <= 1.0);
            }
        }
    }
    assert_eq!(derivative(-1e308, Side::Positive), -1.0);
    assert_eq!(derivative(1e308, Side::Positive), 0.0);
    assert_eq!(derivative(1e308, Side::Negative), 1.0);
}

#[test]
fn the_derivative_is_that_of_the_loss() {
    for z in [-30.0, -2.0, 0.0, 0.3, 5.0, 40.0] {
        for side in SIDES {
            let h = 1e-5;
            let change = Logistic.loss(&[z + h], side) - Logistic.loss(&[z - h], side);
            assert!((derivative(z, side) - change / (2.0 * h)).abs() < 1e-9);
        }
    }
}

#[test]
fn a_loss_close_to_zero_keeps_its_digits() {
    let loss = Logistic.loss(&[40.0], Side::Positive);
    assert!((loss / ps_core::math::exp(-40.0f64) - 1.0).abs() < 1e-12);
}

#[test]
fn the_sign_of_the_output_is_the_guess() {
    assert_eq!(Logistic.is_right(&[0.1], Side::Positive), Some(true));
    assert_eq!(Logistic.is_right(&[0.1], Side::Negative), Some(false));
    assert_eq!(Logistic.is_right(&[0.0], Side::Negative), Some(true));
}
