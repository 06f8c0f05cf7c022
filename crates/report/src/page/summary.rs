//! The table of runs that no comparison came with.

use crate::group::Group;
use crate::run::Run;
use crate::text::{magnitude, number};

/// The columns.
pub(crate) fn headers() -> Vec<String> {
    [
        "method",
        "step size",
        "seeds",
        "updates",
        "time, s",
        "loss",
        "gradient norm",
        "staleness mean",
        "max",
        "ended",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// One row a method: means over the seeds, with standard deviations.
pub(crate) fn rows(groups: &[Group]) -> Vec<Vec<String>> {
    groups.iter().map(row).collect()
}

fn row(group: &Group) -> Vec<String> {
    let last = |run: &Run| run.evaluations().last().copied();
    let staleness = group.staleness_summary();
    vec![
        group.name.clone(),
        number(group.first().header().spec.step_size),
        group.runs.len().to_string(),
        spread(group, |run| Some(run.explained.updates as f64)),
        spread(group, |run| Some(run.seconds())),
        spread(group, |run| Some(last(run)?.loss)),
        spread(group, |run| Some(last(run)?.gradient_norm)),
        number((staleness.mean * 100.0).round() / 100.0),
        staleness.max.to_string(),
        endings(group),
    ]
}

/// Why the runs ended, each reason once.
fn endings(group: &Group) -> String {
    let mut endings: Vec<&str> = Vec::new();
    for run in &group.runs {
        let ending = run.stop().unwrap_or("truncated");
        if !endings.contains(&ending) {
            endings.push(ending);
        }
    }
    endings.join(", ")
}

/// Mean ± standard deviation of a sample; a dash if a run does not know it.
fn spread(group: &Group, of: impl Fn(&Run) -> Option<f64>) -> String {
    let Some(values) = group.whole().map(of).collect::<Option<Vec<f64>>>() else {
        return "–".to_owned();
    };
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    if !mean.is_finite() {
        return "not finite".to_owned();
    }
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let deviation = (squares.sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    with_deviation(mean, deviation)
}

/// Two digits of a deviation are enough, and the mean needs no more decimals than it.
fn with_deviation(mean: f64, deviation: f64) -> String {
    if deviation == 0.0 || !(-6..9).contains(&magnitude(deviation)) {
        return number(mean);
    }
    let decimals = usize::try_from(1 - magnitude(deviation)).unwrap_or(0);
    format!("{mean:.decimals$} ± {deviation:.decimals$}")
}
