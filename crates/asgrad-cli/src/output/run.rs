//! One run, for people and for spreadsheets.

use asgrad::problems::Problem;
use asgrad::{Scalar, Summary};

use super::Table;
use crate::args::Format;

/// What is printed of a run; with `--format json` its object has been printed already.
pub(crate) fn describe_run<T: Scalar>(
    summary: &Summary<T>,
    problem: Option<&Problem<T>>,
    format: Format,
    is_first: bool,
) -> String {
    match format {
        Format::Json => String::new(),
        Format::Table => text(summary, problem, is_first),
        Format::Csv | Format::Markdown if is_first => table(summary).render(format),
        Format::Csv | Format::Markdown => table(summary).render_rows(format),
    }
}

fn text<T: Scalar>(summary: &Summary<T>, problem: Option<&Problem<T>>, is_first: bool) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| text += &format!("{name:<20}{value}\n");
    if is_first && let Some(problem) = problem {
        line("problem", problem.description.clone());
    }
    line(
        "method",
        format!(
            "{}, step size {}, seed {}",
            summary.method, summary.step_size, summary.seed
        ),
    );
    line(
        "ended",
        format!("{} after {:.3} s", summary.stop_reason, summary.seconds),
    );
    line(
        "updates",
        format!(
            "{} ({} a second)",
            summary.updates,
            number(summary.updates_per_second)
        ),
    );
    line(
        "gradients",
        format!(
            "{}, {} of them discarded",
            summary.gradients, summary.discarded
        ),
    );
    let staleness = summary.staleness;
    let (p50, p90, p99, max) = (staleness.p50, staleness.p90, staleness.p99, staleness.max);
    line(
        "staleness",
        format!(
            "mean {}, median {p50}, p90 {p90}, p99 {p99}, max {max}",
            number(staleness.mean)
        ),
    );
    line(
        "concurrency",
        format!(
            "mean {}, max {}",
            number(summary.concurrency.mean),
            summary.concurrency.max
        ),
    );
    line("gradients by worker", shares(&summary.gradients_per_worker));
    if let (Some(loss), Some(norm)) = (summary.loss, summary.gradient_norm) {
        line("loss", format!("{loss:.6}"));
        line(
            "gradient norm",
            format!("{norm:.6} (smallest {})", number(summary.min_gradient_norm)),
        );
    }
    if let Some(accuracy) = summary.accuracy {
        line("accuracy", format!("{:.2} %", accuracy * 100.0));
    }
    if let Some(time) = summary.time_to_target {
        line(
            "target reached",
            format!("after {:.3} s", time.as_secs_f64()),
        );
    }
    line("model hash", summary.model_hash.clone());
    text + "\n"
}

/// The first workers' counts; a line is not a million numbers long.
fn shares(counts: &[u64]) -> String {
    const AT_MOST: usize = 20;
    let shown: Vec<_> = counts.iter().take(AT_MOST).map(u64::to_string).collect();
    let more = counts.len().saturating_sub(AT_MOST);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(" "))
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.6}"),
    }
}

fn table<T: Scalar>(summary: &Summary<T>) -> Table {
    let exact = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let cells = [
        ("method", summary.method.clone()),
        ("seed", summary.seed.to_string()),
        ("step_size", summary.step_size.to_string()),
        ("updates", summary.updates.to_string()),
        ("gradients", summary.gradients.to_string()),
        ("discarded", summary.discarded.to_string()),
        ("seconds", summary.seconds.to_string()),
        ("updates_per_second", exact(summary.updates_per_second)),
        ("staleness_mean", exact(summary.staleness.mean)),
        ("staleness_p99", summary.staleness.p99.to_string()),
        ("staleness_max", summary.staleness.max.to_string()),
        ("loss", exact(summary.loss)),
        ("gradient_norm", exact(summary.gradient_norm)),
        ("min_gradient_norm", exact(summary.min_gradient_norm)),
        ("accuracy", exact(summary.accuracy)),
        ("stop_reason", summary.stop_reason.word().to_owned()),
        ("model_hash", summary.model_hash.clone()),
    ];
    let mut table = Table::new(&cells.each_ref().map(|(name, _)| *name));
    table.push(cells.into_iter().map(|(_, value)| value).collect());
    table
}
