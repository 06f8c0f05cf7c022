use super::*;
use crate::dense::Dense;

/// What is taken together is only faster: one row after the other gives the same bits.
#[test]
fn rows_taken_together_give_the_bits_of_single_ones() {
    let value = |at: usize| ((at * 7919 + 13) % 1009) as f64 / 101.0 - 5.0;
    for n_columns in [1, 7, 8, 9, 65] {
        let rows = Dense::new(n_columns, (0..4 * n_columns).map(value).collect());
        let x: Vec<f64> = (0..n_columns).map(|j| 1.0 / (j as f64 - 3.3)).collect();
        let four = [0, 1, 2, 3].map(|row| rows.row(row));
        assert_eq!(Row::dots(four, &x), four.map(|row| row.dot(&x)));
        let factors = [0.3, -1.7, 1e-9, 2.5];
        let (mut together, mut single) = (x.clone(), x);
        Row::add_all(four, factors, &mut together);
        for (row, factor) in four.into_iter().zip(factors) {
            row.add_to(factor, &mut single);
        }
        assert_eq!(together, single);
    }
}

/// Only where the registers can be limited.
#[cfg(debug_assertions)]
mod registers {
    use super::*;
    use crate::csr::Csr;
    use crate::least_squares::LeastSquares;
    use crate::logistic::{Logistic, Side};
    use crate::rows::{Rows, with_rows};
    use crate::softmax::Softmax;
    use ps_core::wide::{Registers, with_registers};
    use ps_core::{Objective, Oracle, WorkerId};

    const SIDES: [Side; 3] = [Side::Negative, Side::Positive, Side::Positive];

    /// The bits of losses and gradients of every model over these rows, with registers of at most so
    /// many bits.
    fn bits<T: Scalar>(limit: Registers, rows: &Rows<f64>, n_rows: usize) -> Vec<u8> {
        fn of<T: Scalar, M: Model>(risk: &EmpiricalRisk<T, M>, out: &mut Vec<u8>) {
            let x: Vec<T> = (0..risk.dim())
                .map(|j| T::from_f64(1.0 / (j as f64 - 3.3)))
                .collect();
            let mut gradient = vec![T::ZERO; risk.dim()];
            assert!(risk.worker_gradient(WorkerId::new(0), &x, &mut gradient));
            T::extend_le_bytes(&gradient, out);
            let block = 0..risk.training.labels.len();
            let loss = with_rows!(&risk.training.rows, rows => {
                risk.block(rows, &block, &x, Some(&mut gradient))
            });
            T::extend_le_bytes(&gradient, out);
            f64::extend_le_bytes(&[loss], out);
        }
        let all = [(0..n_rows).collect()];
        let mut out = Vec::new();
        with_registers(limit, || {
            let numbers: Vec<f64> = (0..n_rows).map(|row| row as f64 / 7.0).collect();
            of::<T, _>(
                &EmpiricalRisk::new(LeastSquares, rows, &numbers, &all).unwrap(),
                &mut out,
            );
            let sides: Vec<Side> = SIDES.into_iter().cycle().take(n_rows).collect();
            of::<T, _>(
                &EmpiricalRisk::new(Logistic, rows, &sides, &all).unwrap(),
                &mut out,
            );
            let classes: Vec<u32> = (0..11).cycle().take(n_rows).collect();
            of::<T, _>(
                &EmpiricalRisk::new(Softmax::new(11), rows, &classes, &all).unwrap(),
                &mut out,
            );
        });
        out
    }

    #[test]
    fn wide_registers_give_the_bits_of_narrow_ones() {
        for (n_rows, n_columns) in [(1, 1u32), (3, 7), (4, 8), (5, 9), (70, 65), (131, 33)] {
            let all_columns = 0..n_columns;
            let n_columns = n_columns as usize;
            let value = |at: usize| ((at * 7919 + 13) % 1009) as f64 / 101.0 - 5.0;
            let values: Vec<f64> = (0..n_rows * n_columns).map(value).collect();
            let dense: Rows<f64> = Dense::new(n_columns, values.clone()).into();
            let starts = (0..=n_rows).map(|row| row * n_columns).collect();
            let columns = all_columns.cycle().take(values.len()).collect();
            let sparse: Rows<f64> = Csr::new(n_columns, starts, columns, values).unwrap().into();
            for rows in [&dense, &sparse] {
                for wide in [Registers::Bits256, Registers::Widest] {
                    let narrow = Registers::Narrow;
                    assert_eq!(
                        bits::<f32>(wide, rows, n_rows),
                        bits::<f32>(narrow, rows, n_rows)
                    );
                    assert_eq!(
                        bits::<f64>(wide, rows, n_rows),
                        bits::<f64>(narrow, rows, n_rows)
                    );
                }
            }
        }
    }
}
