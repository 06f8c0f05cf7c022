//! What the meter finds, for programs. Each number's doc says what it measures, and what of it is
//! an estimate.

use serde::Serialize;

use super::lower_bound::Homogeneous;
use super::recorded_machine::Took;

/// What theory says of a recorded run.
///
/// Nothing here is a theorem with its constants: these are not established. A step size is *up to a
/// constant* what theory allows, and the terms of the bound show its shape: which of them
/// dominates, not how large the gradient may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Theory {
    /// The method, with its settings.
    pub method: String,
    /// How many workers there are.
    pub workers: usize,
    /// How many parameters the model has.
    pub dimension: usize,
    /// The versions at which gradients were computed beside the run.
    pub versions: Vec<u64>,
    /// How many stochastic gradients of each worker were drawn at each of them.
    pub draws: u32,
    /// Whether the gradients of single workers are known exactly. If not, they are means of the
    /// draws. `heterogeneity` is free of what their noise adds on average; `sequence_correlation`
    /// and `delay_variance` are not.
    pub worker_gradients_are_exact: bool,
    /// `L`.
    pub smoothness: Smoothness,
    /// `σ²`: the mean of `‖g_i − ∇f_i‖²` over draws, in squared units of the gradient.
    pub noise: Deviations,
    /// `ζ²`: `‖∇f_i − ∇f‖²`, in squared units of the gradient. Its mean over workers is the papers'
    /// `ζ_avg²`.
    pub heterogeneity: Deviations,
    /// `σ²_{k,P}`.
    pub sequence_correlation: SequenceCorrelation,
    /// `ν²`.
    pub delay_variance: DelayVariance,
    /// The largest age of a job, and the largest number of jobs outstanding.
    pub ages: Ages,
    /// The step size of the run beside those that theory allows.
    pub step_sizes: StepSizes,
    /// The terms of the bound. `None`: it is for plain steps, and the run had corrections or an
    /// optimizer.
    pub bound: Option<BoundTerms>,
    /// Seconds to a small gradient: of the run, and what theory says of them.
    pub times: TargetTimes,
}

/// How fast the gradient turns: the smallest `L` with `‖∇f(x) − ∇f(y)‖ ≤ L·‖x − y‖`, as far as was
/// seen. All are estimates from below: elsewhere `f` may be more curved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Smoothness {
    /// The larger one of the next two. It is used for everything that follows.
    pub largest: f64,
    /// The largest `‖∇f(x) − ∇f(y)‖/‖x − y‖` of versions that follow one another.
    pub along_path: f64,
    /// The largest absolute eigenvalue of the Hessian at five of the versions, by Lanczos' method.
    pub curvature: f64,
    /// The largest of both for a single `f_i`: `L_max`. The Hessian is that at the version where
    /// the one of `f` is largest. `None`: the gradients of single workers are not known.
    pub of_one_worker: Option<f64>,
}

/// A squared distance for each worker at each version.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Deviations {
    /// The mean over workers and versions.
    pub mean: f64,
    /// The largest, of one worker at one version.
    pub largest: f64,
    /// The mean over versions, for each worker.
    pub per_worker: Vec<f64>,
}

/// How far the sum of the assigned workers' gradients strays from that of the full gradient. The
/// assigned jobs, in order, are cut into blocks of `period`; within a block `Σ (∇f_i − ∇f)` is
/// taken at the evaluated version nearest to its start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SequenceCorrelation {
    /// How many jobs a block has: `1/(Lγ)`, up to a constant, and at most all jobs.
    pub period: usize,
    /// How many whole blocks there are.
    pub blocks: usize,
    /// The square of the sum so far, as a mean over blocks, where it is largest within a block: it
    /// stands for `max_t E‖…‖²`. With few blocks it is noisy.
    pub value: f64,
    /// The same the other way round: the mean over blocks of the largest square in each. Never
    /// smaller.
    pub mean_of_largest: f64,
}

/// How far the jobs that are out stray together: `‖Σ (∇f_i − ∇f)‖²` over the jobs out at one
/// moment, each at the evaluated version that is nearest to its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DelayVariance {
    /// The largest of all moments: the papers' `ν²`.
    pub largest: f64,
    /// The mean over the arrivals of gradients. Where it is far below the largest, `ν²` is that of
    /// an episode.
    pub mean: f64,
}

/// Ages of jobs, counted in gradients (the papers' delays): with methods that step on arrival that
/// is the staleness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ages {
    /// `τ_max`, jobs that were out at the end included.
    pub oldest: u64,
    /// `τ_C`: the most jobs that were out at once.
    pub concurrency: usize,
}

/// Step sizes for one gradient: where a method takes a mean of `b`, its step size divided by `b`.
/// Those that theory allows are shapes: they hold up to constants that are not established.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StepSizes {
    /// The one that the run used: the mean over its gradients.
    pub used: f64,
    /// `1/L`. `None`: no curvature was seen.
    pub by_smoothness: Option<f64>,
    /// `1/(L·√(τ_max·τ_C))`. `None`: no job was older than 0, or no curvature was seen.
    pub by_age: Option<f64>,
    /// The smaller of the two.
    pub allowed: Option<f64>,
    /// `used/allowed`.
    pub ratio: Option<f64>,
}

/// A term of the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Term {
    /// The way from the start: more gradients help.
    Descent,
    /// The noise of the gradients: a smaller step helps.
    Noise,
    /// Workers are not assigned evenly: another assignment helps.
    Sequence,
    /// Workers that hold the jobs that are out: more even speeds help, or fewer jobs.
    JobsOut,
}

/// The terms of the bound on the mean `‖∇f‖²` along the run (AsGrad, Islamov, Safaryan, Alistarh
/// 2024), each without its constant: `F0/(γT) + Lγσ² + L²γ²·σ²_{k,P} + L²γ²ν²`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BoundTerms {
    /// `F0`: the first loss minus the lowest that was seen. The true one is larger, since it is
    /// minus the lowest there is.
    pub descent_to_lowest_seen: f64,
    /// `T`: how many gradients reached the model.
    pub gradients: u64,
    /// `F0/(γT)`.
    pub descent: f64,
    /// `Lγσ²`, with the mean `σ²`.
    pub noise: f64,
    /// `L²γ²·σ²_{k,P}`.
    pub sequence: f64,
    /// `L²γ²ν²`.
    pub jobs_out: f64,
    /// The largest term.
    pub dominant: Term,
    /// The mean `‖∇f‖²` over the evaluated versions.
    pub measured: f64,
}

/// Where the target `ε` of the times comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TargetFrom {
    /// It was asked for.
    Asked,
    /// It is the smallest `‖∇f‖²` of the run.
    SmallestMeasured,
}

/// Times to `‖∇f‖² ≤ ε`, up to constants: compare them with one another, not with the clock. They
/// are for the worst `f` that has this `L`, `F0` and `σ²`; another one may be much faster.
///
/// A worker's time for a gradient is that of a whole job, from when it is taken up to when its
/// gradient is at the server's door: with injected delays and links, as recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TargetTimes {
    /// `ε`: a squared gradient norm.
    pub target: f64,
    /// Whether the target was asked for or measured.
    pub target_from: TargetFrom,
    /// When the run got there first, in seconds, as far as versions were evaluated.
    pub reached: Option<f64>,
    /// The whole run, in seconds.
    pub run: f64,
    /// `L·F0/ε`: how many steps without noise would do.
    pub steps: f64,
    /// `σ²/ε`: how many gradients a step needs to outweigh the noise.
    pub batch: f64,
    /// The mean seconds for a gradient, for each worker. `None`: it delivered none.
    pub mean_seconds: Vec<Option<f64>>,
    /// The lower bound if all workers had the same data, over those that delivered. `None`: none
    /// did, or `ε` is 0.
    pub homogeneous: Option<Homogeneous>,
    /// The lower bound for data that differ, in seconds. `None`: a worker delivered nothing, or `ε`
    /// is 0.
    pub heterogeneous: Option<f64>,
    /// How long Rennala, which attains the first, would have taken for `steps` rounds on the
    /// recorded machine.
    pub rennala: Option<Took>,
    /// How long Malenia, which attains the second, would have.
    pub malenia: Option<Took>,
}
