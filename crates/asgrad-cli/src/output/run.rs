//! One run, for people and for spreadsheets.

use asgrad::problems::Problem;
use asgrad::tables::figure;
use asgrad::{Reads, Scalar, Staleness, Summary};

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
    let Summary {
        method,
        step_size,
        seed,
        stop_reason,
        seconds,
        ..
    } = summary;
    let problem = problem
        .filter(|_| is_first)
        .map(|problem| ("problem", problem.description.clone()));
    let mut lines: Vec<_> = problem.into_iter().collect();
    lines.push((
        "method",
        format!("{method}, step size {step_size}, seed {seed}"),
    ));
    lines.push(("ended", format!("after {seconds:.3} s: {stop_reason}")));
    lines.extend(counts(summary));
    lines.extend(quality(summary));
    lines.push(("model hash", summary.model_hash.clone()));
    let text: String = lines
        .into_iter()
        .map(|(name, value)| format!("{name:<20}{value}\n"))
        .collect();
    text + "\n"
}

fn counts<T: Scalar>(summary: &Summary<T>) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            "updates",
            format!(
                "{} ({} a second)",
                summary.updates,
                number(summary.updates_per_second)
            ),
        ),
        (
            "gradients",
            format!(
                "{}, {} of them discarded",
                summary.gradients, summary.discarded
            ),
        ),
    ];
    let Staleness {
        mean,
        p50,
        p90,
        p99,
        max,
        ..
    } = summary.staleness;
    let mean = number(mean);
    let staleness = format!("mean {mean}, median {p50}, p90 {p90}, p99 {p99}, max {max}");
    lines.push(("staleness", staleness));
    let (mean, max) = (number(summary.concurrency.mean), summary.concurrency.max);
    lines.push(("concurrency", format!("mean {mean}, max {max}")));
    if let Some(reads) = summary.reads {
        lines.push(("torn reads", torn_reads(reads)));
    }
    lines.push(("gradients by worker", shares(&summary.gradients_per_worker)));
    lines
}

fn quality<T: Scalar>(summary: &Summary<T>) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let (Some(loss), Some(norm)) = (summary.loss, summary.gradient_norm) {
        let smallest = summary
            .min_gradient_norm
            .map_or_else(|| "–".to_owned(), |smallest| figure(smallest, 6));
        lines.push(("loss", figure(loss, 6)));
        lines.push((
            "gradient norm",
            format!("{} (smallest {smallest})", figure(norm, 6)),
        ));
    }
    let accuracy = summary
        .accuracy
        .map(|share| format!("{:.2} %", share * 100.0));
    lines.extend(accuracy.map(|accuracy| ("accuracy", accuracy)));
    let time = summary
        .time_to_target
        .map(|time| format!("after {:.3} s", time.as_secs_f64()));
    lines.extend(time.map(|time| ("target reached", time)));
    lines
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

/// How often a read of a shared model may have been a mixture.
pub(crate) fn torn_reads(reads: Reads) -> String {
    let share = reads
        .torn_share()
        .map_or_else(|| "–".to_owned(), |share| format!("{:.1}", share * 100.0));
    format!(
        "{} of {} sampled ({share} %): another worker's update was under way, so at most these were mixed",
        reads.torn, reads.sampled
    )
}
