use super::*;

#[test]
fn values_are_those_of_the_formulas() {
    let x = [1.0, -2.0];
    assert_eq!(Regularizer::none().value(&x), 0.0);
    assert_eq!(Regularizer::l2(0.1).value(&x), 0.25);
    let value = Regularizer::nonconvex(0.1).value(&x);
    assert!((value - 0.1 * (0.5 + 0.8)).abs() < 1e-16);
}

#[test]
fn gradients_are_added_and_agree_with_finite_differences() {
    let x = [0.0, 0.7, -3.0, 12.0];
    let rules = [
        Regularizer::none(),
        Regularizer::l2(0.3),
        Regularizer::nonconvex(0.3),
    ];
    for rule in rules {
        let mut out = [5.0; 4];
        rule.add_gradient(&x, &mut out);
        for j in 0..4 {
            let at = |change: f64| {
                let mut x = x;
                x[j] += change;
                rule.value(&x)
            };
            let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((out[j] - 5.0 - difference).abs() < 1e-9, "{rule} at {j}");
        }
    }
}

#[test]
fn nothing_is_nan_for_any_finite_parameter() {
    for x in [1e200, -1e300, f64::MAX, f64::MIN_POSITIVE] {
        let mut out = [0.0];
        Regularizer::nonconvex(1.0).add_gradient(&[x], &mut out);
        assert!(out[0].abs() <= 1.0, "{x}: {}", out[0]);
        assert!(Regularizer::nonconvex(1.0).value(&[x]) <= 1.0);
    }
    let mut out = [0.0f32];
    Regularizer::nonconvex(1.0).add_gradient(&[f32::MAX], &mut out);
    assert_eq!(out, [0.0]);
}

#[test]
fn what_is_typed_is_understood_and_written_the_same_way() {
    for word in ["none", "l2:0.001", "nonconvex:0.1", "l2:0"] {
        assert_eq!(word.parse::<Regularizer>().unwrap().to_string(), word);
    }
    assert_eq!(Regularizer::default().to_string(), "l2:0.001");
    let refuse = |word: &str| word.parse::<Regularizer>().unwrap_err().to_string();
    let list = "there are l2:λ, nonconvex:λ, none";
    assert_eq!(refuse("l1:2"), format!("unknown regularizer `l1`; {list}"));
    assert_eq!(refuse("l2"), "regularizer `l2`: its form is l2:λ");
    assert_eq!(
        refuse("l2:-1"),
        "regularizer `l2:-1`: λ is -1, and must be at least 0 and finite"
    );
}
