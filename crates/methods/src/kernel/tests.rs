use ps_core::scalar::all_finite;
#[cfg(debug_assertions)]
use ps_core::wide::{Registers, with_registers};

use super::*;
#[cfg(debug_assertions)]
use crate::optimizer::OptimizerRule;

/// Every length around a multiple of the lanes, every position of the bad component.
#[test]
fn a_single_bad_component_is_found_wherever_it_is() {
    for dim in [1, 15, 16, 31, 32, 33, 65] {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for position in 0..dim {
                let x = vec![1.0f32; dim];
                let mut g = vec![1.0f32; dim];
                g[position] = bad;
                let mut sum = vec![0.0f32; dim];
                assert!(!accumulate(&mut sum, 0.5, &g), "{dim} {bad} {position}");
                let mut out = vec![0.0f32; dim];
                assert!(
                    !descend_along(&x, &g, 0.5, &mut out),
                    "{dim} {bad} {position}"
                );
                assert!(!all_finite(&g), "{dim} {bad} {position}");
                assert!(!descend(&x, &mut g, 0.5), "{dim} {bad} {position}");
            }
        }
    }
}

#[test]
fn the_step_is_the_plain_formula_bit_for_bit() {
    let x: Vec<f64> = (0..37).map(|i| ps_core::math::sin(f64::from(i))).collect();
    let g: Vec<f64> = (0..37).map(|i| ps_core::math::cos(f64::from(i))).collect();
    let plain: Vec<f64> = x.iter().zip(&g).map(|(x, g)| x - 0.3 * g).collect();
    let mut in_place = g.clone();
    assert!(descend(&x, &mut in_place, 0.3));
    assert_eq!(in_place, plain);
    let mut along = vec![0.0; 37];
    assert!(descend_along(&x, &g, 0.3, &mut along));
    assert_eq!(along, plain);
}

#[test]
fn a_sum_that_overflows_is_no_fault_of_the_components() {
    let huge = [f64::MAX; 64];
    let mut g = [0.0; 64];
    assert!(descend(&huge, &mut g, 1.0));
    let mut sum = [0.0; 64];
    assert!(accumulate(&mut sum, 1.0, &huge));
    assert!(all_finite(&huge));
}

#[test]
fn a_norm_neither_overflows_nor_vanishes() {
    let powers = [1e-320, 1e-300, 1e-162, 1.0, 1e154, 1e300];
    for scale in powers {
        let mut g = vec![0.0; 37];
        (g[3], g[36]) = (3.0 * scale, -4.0 * scale);
        let relative = norm(&g) / (5.0 * scale);
        assert!((relative - 1.0).abs() < 1e-3, "{scale}: {relative}");
    }
    let single = norm(&[3e38f32, -1e38]);
    assert!((single / (1e38 * 10f64.sqrt()) - 1.0).abs() < 1e-7);
    assert_eq!(norm(&[0.0; 17]), 0.0);
    assert_eq!(norm(&[1.0, f64::INFINITY]), f64::INFINITY);
    assert_eq!(norm_in_factors(&[f64::MAX; 4]), (f64::MAX, 2.0));
}

#[test]
fn constants_are_rounded_but_not_to_zero_and_not_to_one() {
    assert_eq!(positive::<f32>(1e-46), f32::MIN_POSITIVE);
    assert_eq!(positive::<f64>(1e-46), 1e-46);
    assert_eq!(positive::<f32>(0.1), 0.1f32);
    assert_eq!(below_one::<f32>(0.999_999_999), 1.0 - f32::EPSILON / 2.0);
    assert_eq!(below_one::<f64>(0.999_999_999), 0.999_999_999);
    assert_eq!(below_one::<f32>(0.9), 0.9f32);
}

#[cfg(debug_assertions)]
/// Every kernel, at lengths with and without a rest.
fn bits<T: Scalar>(limit: Registers, dim: usize) -> Vec<u8> {
    let numbers = |by: f64| -> Vec<T> {
        let number = |i| T::from_f64((f64::from(i) - 11.3) * by / 7.0);
        (0..).map(number).take(dim).collect()
    };
    let (x, mut g, mut sum, mut out) = (numbers(0.9), numbers(-1.3), numbers(2.1), numbers(1.0));
    let third = T::from_f64(1.0 / 3.0);
    let mut bits = Vec::new();
    with_registers(limit, || {
        assert!(accumulate(&mut sum, third, &g));
        assert!(descend(&x, &mut g, third));
        assert!(descend_along(&x, &sum, third, &mut out));
        assert!(all_finite(&x));
        let wholes = [norm(&x), norm_in_factors(&g).1, distance(&x, &g)];
        f64::extend_le_bytes(&wholes, &mut bits);
        for vector in [&sum, &g, &out] {
            T::extend_le_bytes(vector, &mut bits);
        }
        divide(&sum, third, &mut out);
        T::extend_le_bytes(&out, &mut bits);
        for optimizer in ["adam", "momentum:0.9", "nesterov:0.9"] {
            let rule: OptimizerRule = optimizer.parse().unwrap();
            for mut optimizer in rule.build::<T>(dim) {
                (0..3).for_each(|_| optimizer.direct(&x, &mut g));
            }
            T::extend_le_bytes(&g, &mut bits);
        }
    });
    bits
}

#[cfg(debug_assertions)]
#[test]
fn wide_registers_give_the_bits_of_narrow_ones() {
    for dim in [1, 15, 16, 17, 31, 32, 33, 65, 400] {
        for wide in [Registers::Bits256, Registers::Widest] {
            assert_eq!(bits::<f32>(wide, dim), bits::<f32>(Registers::Narrow, dim));
            assert_eq!(bits::<f64>(wide, dim), bits::<f64>(Registers::Narrow, dim));
        }
    }
}

#[test]
fn a_distance_is_that_of_the_plain_formula() {
    let x: Vec<f64> = (0..37).map(f64::from).collect();
    let y = vec![2.0; 37];
    let plain: f64 = x.iter().map(|x| (x - 2.0) * (x - 2.0)).sum();
    assert_eq!(distance(&x, &y), plain.sqrt());
    assert_eq!(distance(&x, &x), 0.0);
}
