//! Findings about the model: a run that failed, diverged or stopped improving.

use ps_core::Version;
use serde::Serialize;

use super::shares::Biased;
use super::words::two_digits;
use crate::phrases;
use crate::run_facts::RunFacts;
use trace::Evaluation;

/// Factor by which the best of the last few gradient norms must exceed the smallest level held
/// before: with fixed step sizes, noise alone makes such levels differ by less.
const RELAPSE: f64 = 3.0;

/// By this share of the first loss the last one may be larger because of noise.
const NOISE: f64 = 0.01;

/// Number of evaluated versions in a row that make a level: a single one may be a lucky moment.
const A_FEW: usize = 5;

/// The run ended otherwise than as asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failed {
    /// Why it ended, as one word.
    pub reason: String,
    /// Why it ended, as a sentence for people.
    pub message: String,
}

impl Failed {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let stopped = of.stopped.as_ref()?;
        let message = stopped.message.clone()?;
        let reason = stopped.reason.clone();
        Some(Self { reason, message })
    }

    pub(super) fn text(&self) -> String {
        format!("the run failed: {}", self.message)
    }
}

/// The loss ended above where it began, or is no number any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Worsened {
    /// The first loss of the run.
    pub first: f64,
    /// The last one.
    pub last: f64,
    /// The step size of the run.
    pub step_size: f64,
    /// The largest magnitude of a feature, if the trace says so.
    pub largest_feature: Option<f64>,
    /// Whether the fast make more updates than the slow, of data that are not alike.
    pub biased: bool,
}

impl Worsened {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let [first, .., last] = &of.evaluations[..] else {
            return None;
        };
        let got_worse = !last.loss.is_finite() || last.loss > first.loss + NOISE * first.loss.abs();
        (first.loss.is_finite() && got_worse).then_some(Self {
            first: first.loss,
            last: last.loss,
            step_size: of.header.spec.step_size,
            largest_feature: of.header.number("largest_feature"),
            // One that runs away is not drawn anywhere.
            biased: !phrases::runs_away(first.loss, last.loss) && is_biased(of),
        })
    }

    pub(super) fn text(&self) -> String {
        let (first, last) = (two_digits(self.first), two_digits(self.last));
        let step_size = self.step_size;
        if self.biased {
            return format!("the loss ended at {last} and had begun at {first}: {DRAWN}");
        }
        format!(
            "the loss ended at {last} and had begun at {first}: the model diverges; use a smaller --step-size than \
             {step_size} (`asgrad tune` finds one){}",
            phrases::large_features(self.largest_feature.unwrap_or_default())
        )
    }
}

/// The gradient norm had been much smaller for a while.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Relapsed {
    /// The smallest gradient norm of the last few evaluated versions.
    pub last: f64,
    /// What it had not exceeded for a few evaluated versions in a row.
    pub smallest: f64,
    /// The last of those.
    pub version: Version,
    /// Whether the fast make more updates than the slow, of data that are not alike.
    pub biased: bool,
}

impl Relapsed {
    pub(super) fn find(of: &RunFacts) -> Option<Self> {
        let best = |few: &[Evaluation]| norms(few).fold(f64::INFINITY, f64::min);
        let worst = |few: &[Evaluation]| norms(few).fold(0.0, f64::max);
        let windows = || of.evaluations.windows(A_FEW);
        let last = best(windows().next_back()?);
        let smallest = windows().min_by(|a, b| worst(a).total_cmp(&worst(b)))?;
        let (version, smallest) = (smallest.last()?.version, worst(smallest));
        (last.is_finite() && last > RELAPSE * smallest).then_some(Self {
            last,
            smallest,
            version,
            biased: is_biased(of),
        })
    }

    pub(super) fn text(&self) -> String {
        let (last, smallest) = (two_digits(self.last), two_digits(self.smallest));
        let version = self.version;
        let so_what = if self.biased {
            DRAWN
        } else {
            "the model no longer improves; use a smaller --step-size, --step-rule decreasing, or a larger --batch-size"
        };
        format!(
            "the gradient norm stayed at {smallest} or below until version {version} and was at best {last} at the end: {so_what}"
        )
    }
}

/// What becomes of a model if the fast make more updates than the slow, of data that are not alike.
const DRAWN: &str = "the model is drawn to the data of the workers that make the most updates, whatever the step size";

/// Whether a method gives the fast more weight than the objective does, and that matters.
fn is_biased(of: &RunFacts) -> bool {
    Biased::find(of).is_some_and(|biased| !biased.alike)
}

/// Gradient norms; what is not finite counts as infinite.
fn norms(evaluations: &[Evaluation]) -> impl Iterator<Item = f64> {
    let norm = |it: &Evaluation| Some(it.gradient_norm).filter(|norm| norm.is_finite());
    evaluations
        .iter()
        .map(move |it| norm(it).unwrap_or(f64::INFINITY))
}
