//! Lower bounds on the time to a small gradient, for workers of fixed speeds.
//!
//! Worker `i` needs `s_i` seconds a gradient and communication is free. The time to `E‖∇f‖² ≤ ε`
//! for smooth non-convex `f` is at least a constant times a bracket (Tyurin, Richtárik, NeurIPS
//! 2023, arXiv 2305.12387):
//!
//! ```text
//! a = L·Δ/ε,  b = σ²/ε                                  s_1 ≤ … ≤ s_n
//! equal f_i:      min over m of   m / (Σ_{i≤m} 1/s_i) · a·(1 + b/m)
//! different f_i:  a·(s_n + (1/n) Σ s_i · b/n)
//! ```
//!
//! Only these shapes are known, not the constants: compare runs by their ratio to a bracket, and do
//! not call a ratio of 1 the best there is.

use serde::Serialize;

/// The bound for workers whose objectives are all equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Homogeneous {
    /// The smallest bracket, in the unit of the speeds.
    pub bracket: f64,
    /// With how many of the fastest workers it is reached: the others are too slow to be of use.
    pub useful_workers: usize,
}

/// The bracket for the `m` fastest workers alone, for `m` = 1, 2, …, n.
///
/// # Examples
/// ```
/// use asgrad::theory::lower_bound::brackets;
///
/// assert_eq!(brackets(&[1.0, 2.0], 10.0, 10.0), [110.0, 80.0]);
/// ```
pub fn brackets(seconds: &[f64], a: f64, b: f64) -> Vec<f64> {
    let mut seconds = seconds.to_vec();
    seconds.sort_by(f64::total_cmp);
    let mut rate = 0.0;
    let ranked = seconds.iter().zip(1u32..);
    ranked
        .map(|(seconds, m)| {
            rate += 1.0 / seconds;
            // m·(1 + b/m) without the division.
            a * (f64::from(m) + b) / rate
        })
        .collect()
}

/// The bound if all `f_i` are equal. `None`: there are no workers.
///
/// # Examples
/// ```
/// use asgrad::theory::lower_bound::homogeneous;
///
/// let bound = homogeneous(&[1.0, 2.0, 4.0, 8.0], 10.0, 10.0).unwrap();
/// assert_eq!((bound.bracket, bound.useful_workers), (520.0 / 7.0, 3));
/// ```
pub fn homogeneous(seconds: &[f64], a: f64, b: f64) -> Option<Homogeneous> {
    let brackets = brackets(seconds, a, b);
    let ranked = brackets.into_iter().zip(1..);
    let (bracket, useful_workers) = ranked.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(Homogeneous {
        bracket,
        useful_workers,
    })
}

/// The bound if the `f_i` may differ. `None`: there are no workers.
///
/// # Examples
/// ```
/// use asgrad::theory::lower_bound::heterogeneous;
///
/// assert_eq!(heterogeneous(&[1.0, 2.0, 4.0, 8.0], 10.0, 10.0), Some(173.75));
/// ```
pub fn heterogeneous(seconds: &[f64], a: f64, b: f64) -> Option<f64> {
    let n = seconds.len() as f64;
    let slowest = seconds.iter().copied().max_by(f64::total_cmp)?;
    let mean = seconds.iter().sum::<f64>() / n;
    Some(a * (slowest + mean * b / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L = Δ = σ² = 1, ε = 0.1.
    #[test]
    fn the_test_vector_is_exact() {
        let (speeds, a, b) = ([8.0, 1.0, 4.0, 2.0], 10.0, 10.0);
        assert_eq!(
            brackets(&speeds, a, b),
            [110.0, 80.0, 520.0 / 7.0, 224.0 / 3.0]
        );
        let homogeneous = homogeneous(&speeds, a, b).unwrap();
        assert_eq!(homogeneous.bracket, 520.0 / 7.0);
        assert_eq!(homogeneous.useful_workers, 3);
        assert_eq!(heterogeneous(&speeds, a, b), Some(80.0 + 93.75));
    }

    #[test]
    fn one_worker_has_the_same_bound_either_way() {
        let (seconds, a, b) = ([0.5], 8.0, 4.0);
        assert_eq!(homogeneous(&seconds, a, b).unwrap().bracket, 20.0);
        assert_eq!(heterogeneous(&seconds, a, b), Some(20.0));
    }

    #[test]
    fn without_workers_there_is_no_bound() {
        assert_eq!(homogeneous(&[], 1.0, 1.0), None);
        assert_eq!(heterogeneous(&[], 1.0, 1.0), None);
    }
}
