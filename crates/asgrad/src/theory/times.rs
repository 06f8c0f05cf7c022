//! Time to a small gradient: what theory says is possible on the recorded machine.

use super::bound::Path;
use super::lower_bound::{heterogeneous, homogeneous};
use super::report::{Deviations, Smoothness, TargetFrom, TargetTimes};
use super::schedule::Schedule;
use super::{Round, Took};

/// The times to the squared norm that was asked for, or else to the smallest of the run.
pub(super) fn times(
    schedule: &Schedule,
    path: &Path,
    smoothness: &Smoothness,
    noise: &Deviations,
    asked: Option<f64>,
) -> TargetTimes {
    let target = asked.unwrap_or(path.least_square);
    let (steps, batch) = (
        smoothness.largest * path.descent / target,
        noise.mean / target,
    );
    let can_be_reached = steps.is_finite() && batch.is_finite();
    let mean_seconds = schedule.machine.mean_seconds();
    let known: Vec<f64> = mean_seconds.iter().copied().flatten().collect();
    let n = mean_seconds.len() as f64;
    let all_known = can_be_reached && known.len() == mean_seconds.len();
    let takes = |round: Round| -> Option<Took> {
        let rounds = can_be_reached.then(|| whole(steps.ceil()))?;
        schedule.machine.takes(rounds, round)
    };
    let reached = schedule
        .evaluations
        .iter()
        .find(|evaluation| evaluation.gradient_norm * evaluation.gradient_norm <= target);
    TargetTimes {
        target,
        target_from: match asked {
            Some(_) => TargetFrom::Asked,
            None => TargetFrom::SmallestMeasured,
        },
        reached: reached.map(|evaluation| evaluation.time.as_secs_f64()),
        run: schedule.end.as_secs_f64(),
        steps,
        batch,
        homogeneous: homogeneous(&known, steps, batch).filter(|_| can_be_reached),
        heterogeneous: heterogeneous(&known, steps, batch).filter(|_| all_known),
        rennala: takes(Round::Gradients(batch.ceil().max(1.0))),
        malenia: takes(Round::HarmonicMean((batch / n).max(1.0))),
        mean_seconds,
    }
}

/// The number as an integer, or the nearest one that there is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers too large become the largest, NaN becomes 0"
)]
pub(super) fn whole(number: f64) -> u64 {
    number as u64
}
