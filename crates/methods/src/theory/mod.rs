//! What theory prescribes for each method, for `L`, `σ²` and `ε` with `b = σ²/ε`.
//!
//! The mean `E‖∇f‖²` over `K` updates of step size `γ` is at most `2Δ/(γK)` plus a term for the
//! noise, which each step size here keeps at `ε/2` or less: hence `K = 4Δ/(γε)`, with
//! `Δ = f(x_0) − f*`. In detail:
//!
//! - *fresh* (SGD, mini-batches, Rennala, Malenia): means of `S` gradients of one version have
//!   noise `Lγσ²/S` if `γ ≤ 1/L` (Tyurin, Richtárik, NeurIPS 2023, arXiv 2305.12387, for Rennala's
//!   and Malenia's `S`; the rest is the same algebra).
//! - *trials* (MindFlayer without a limit): the same with its authors' constants (Maranjyan, Omar,
//!   Richtárik, UAI 2025, arXiv 2410.04285).
//! - *stale* (Ringmaster): gradients up to `R − 1` updates old have noise `2Lγσ²` if `γ ≤ 1/(2RL)`
//!   (Maranjyan, Tyurin, Richtárik, ICML 2025, arXiv 2501.16168).
//! - *tree* (pure, SSP): gradients up to `R` updates old, after Theorem 2.4 of Birch SGD (Tyurin,
//!   Sivtsov, ICLR 2026), which states its own `K`. For pure, `R` follows from fixed compute times:
//!   while worker `i` computes one gradient, worker `j` delivers at most `⌈s_i/s_j⌉`.
//! - *table* (Ringleader): Maranjyan, Richtárik, ICLR 2026, arXiv 2509.22860, with
//!   `B ≥ s_n/(2·mean s)` for fixed compute times and `B ≥ 1` always; `L` is that of
//!   `‖∇f(x) − (1/n)Σ∇f_i(y_i)‖² ≤ (L²/n)Σ‖x − y_i‖²`.
//!
//! All but Malenia, Ringleader and mini-batch take the workers' data to be alike: for others, `σ²`
//! does not cover how they differ.

mod advice;

pub use advice::PrescriptionError;
pub(crate) use advice::{Advice, Case};

/// What theory prescribes for a method, given `L`, `σ²` and `ε`: see
/// [`MethodSpec::prescribed`](crate::MethodSpec::prescribed).
#[derive(Debug)]
pub struct TheoryStep(pub(crate) Result<Formula, &'static str>);

/// A step size, and for some a batch or a threshold.
#[derive(Debug)]
pub(crate) struct Formula {
    /// In the words of the papers.
    pub(crate) formula: &'static str,
    /// What else has to hold, in words that follow what is promised.
    pub(crate) provided: &'static str,
    /// Its numbers; sets what was not set.
    pub(crate) advise: Advise,
}

type Advise = fn(&mut Case<'_>) -> Result<Advice, PrescriptionError>;

impl TheoryStep {
    /// The formula.
    ///
    /// # Errors
    /// Why theory prescribes nothing whose constants are established.
    pub fn formula(&self) -> Result<&'static str, &'static str> {
        self.0.as_ref().map(|rule| rule.formula).map_err(|why| *why)
    }
}

/// What `σ²` does not cover.
const ALIKE: &str = " if the workers' data are alike";

/// On real threads staleness can exceed what follows from the speeds.
const ALIKE_AND_ON_TIME: &str =
    " if the workers' data are alike and no gradient is later than their speeds allow";

pub(crate) const SGD: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/L, ε/(2Lσ²)}",
    provided: ALIKE,
    advise: |case| Ok(fresh(case, 1.0)),
}));

pub(crate) const MINIBATCH: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/L, εn/(2Lσ²)}",
    provided: "",
    advise: |case| Ok(fresh(case, case.n())),
}));

pub(crate) const M_SYNCHRONOUS: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/L, εm/(2Lσ²)}",
    provided: ALIKE,
    advise: |case| {
        are_fresh(case)?;
        Ok(fresh(case, case.number("m")))
    },
}));

pub(crate) const RENNALA: TheoryStep = TheoryStep(Ok(Formula {
    formula: "batch S = max{1, ⌈σ²/ε⌉}, γ = min{1/L, εS/(2Lσ²)}",
    provided: ALIKE,
    advise: |case| {
        are_fresh(case)?;
        let batch = case.chosen("batch", case.enough())?;
        Ok(fresh(case, batch))
    },
}));

pub(crate) const MALENIA: TheoryStep = TheoryStep(Ok(Formula {
    formula: "batch S = max{n, ⌈σ²/ε⌉}, γ = min{1/L, εS/(2Lσ²)}",
    provided: "",
    advise: |case| {
        are_fresh(case)?;
        let batch = case.chosen("batch", case.enough().max(case.n()))?;
        // With a smaller one each worker still delivers.
        Ok(fresh(case, batch.max(case.n())))
    },
}));

pub(crate) const MINDFLAYER: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1, εB/σ²}/(2L), B = n·trials, without a limit",
    provided: ALIKE,
    advise: |case| {
        if !case.values.time("limit").is_zero() {
            return Err(case.silent(
                "with a limit it depends on how many trials are in time, which is not known",
            ));
        }
        let waves = (case.noise_to_accuracy() / (case.n() * case.number("trials"))).max(1.0);
        Ok(case.advice(0.5 / waves))
    },
}));

pub(crate) const RINGMASTER: TheoryStep = TheoryStep(Ok(Formula {
    formula: "threshold R = max{1, ⌈σ²/ε⌉}, γ = min{1/(2RL), ε/(4Lσ²)}",
    provided: ALIKE,
    advise: |case| {
        let threshold = case.chosen("threshold", case.enough())?;
        Ok(case.advice((0.5 / threshold).min(0.25 / case.noise_to_accuracy())))
    },
}));

pub(crate) const RINGLEADER: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/(8nL), εB/(10Lσ²)}; B = max{1, max s/(2 mean s)} for fixed compute times s, else 1",
    provided: "",
    advise: |case| {
        let gradients = case.seconds().map_or(1.0, |seconds| {
            let slowest = seconds.iter().copied().fold(0.0, f64::max);
            let mean = seconds.iter().sum::<f64>() / case.n();
            (slowest / (2.0 * mean)).max(1.0)
        });
        let by_noise = gradients / (10.0 * case.noise_to_accuracy());
        Ok(case.advice((0.125 / case.n()).min(by_noise)))
    },
}));

pub(crate) const PURE: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/(2L), 1/(2RL), ε/(4Lσ²)}; R = Σ ⌈max s/s_j⌉ over all but the slowest, for fixed compute times s",
    provided: ALIKE_AND_ON_TIME,
    advise: |case| {
        let seconds = case.seconds().ok_or_else(|| case.speeds_unknown())?;
        Ok(tree(case, largest_staleness(seconds)))
    },
}));

pub(crate) const SSP: TheoryStep = TheoryStep(Ok(Formula {
    formula: "γ = min{1/(2L), 1/(2RL), ε/(4Lσ²)}; R = (n − 1)(2·bound + 1)",
    provided: ALIKE,
    advise: |case| {
        let bound = case.number("bound");
        Ok(tree(case, (case.n() - 1.0) * (2.0 * bound + 1.0)))
    },
}));

pub(crate) const NO_CONSTANTS: TheoryStep = TheoryStep(Err(
    "what is known of its step size holds up to constants only",
));

pub(crate) const NOT_STATED: TheoryStep =
    TheoryStep(Err("its authors' step size could not be established"));

pub(crate) const LENGTH_OF_RUN: TheoryStep = TheoryStep(Err(
    "its step size depends on how long it runs and on its largest staleness",
));

/// What is known holds for gradients of the newest version.
fn are_fresh(case: &Case<'_>) -> Result<(), PrescriptionError> {
    match case.values.word("late") {
        "use" => Err(case.silent("with late=use its gradients may be stale")),
        _ => Ok(()),
    }
}

/// `min{1/L, εS/(2Lσ²)}`.
fn fresh(case: &Case<'_>, batch: f64) -> Advice {
    case.advice((0.5 * batch / case.noise_to_accuracy()).min(1.0))
}

/// `min{1/(2L), 1/(2RL), ε/(4Lσ²)}` and `K = 4(R + 1)LΔ/ε + 8σ²LΔ/ε²`.
fn tree(case: &Case<'_>, staleness: f64) -> Advice {
    let b = case.noise_to_accuracy();
    let advice = case.advice((0.5 / staleness.max(1.0)).min(0.25 / b));
    advice.after(4.0 * (staleness + 1.0) + 8.0 * b, case)
}

/// The largest staleness of pure asynchronous SGD with one job a worker and these fixed compute
/// times, at most: that of the slowest. Whoever never answers delivers nothing that could be stale.
fn largest_staleness(seconds: &[f64]) -> f64 {
    let answer = || seconds.iter().copied().filter(|s| s.is_finite());
    let slowest = answer().fold(0.0, f64::max);
    answer().map(|s| (slowest / s).ceil()).sum::<f64>() - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_staleness_of_pure_counts_who_delivers_while_the_slowest_computes() {
        assert_eq!(largest_staleness(&[5.0]), 0.0);
        assert_eq!(largest_staleness(&[2.0, 2.0, 2.0]), 2.0);
        // 7 of the first and ⌈7/2⌉ = 4 of the second.
        assert_eq!(largest_staleness(&[7.0, 1.0, 2.0]), 11.0);
        assert_eq!(largest_staleness(&[7.0, f64::INFINITY, 1.0, 2.0]), 11.0);
    }
}
