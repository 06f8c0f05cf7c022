//! A recorded run beside another that was played on its machine.

use asgrad::explain::Explanation;
use asgrad::explain::tables::Table;
use asgrad::explain::tables::number::{figure, or_unknown};
use asgrad::trace::Ending;
use asgrad::{Scalar, Summary};
use serde_json::json;

use crate::args::Format;
use crate::failure::Failure;
use crate::progress::Progress;

/// Says of a trace that was cut how much of the run it tells.
pub(super) fn warn_if_cut(past: &Explanation, progress: &Progress) {
    if let Ending::Truncated { last_line } = past.ending {
        progress.warn(format_args!(
            "the trace is not whole: what was recorded is that of its first {last_line} lines, and how good the model was \
             then is not known"
        ));
    }
}

/// Both, in a table or as two objects.
pub(super) fn beside<T: Scalar>(
    past: &Explanation,
    other: &Summary<T>,
    format: Format,
) -> Result<String, Failure> {
    // Those of a trace that was cut are of versions before its last.
    let is_whole = past.ending == Ending::Whole;
    let last = past.evaluations.last().filter(|_| is_whole);
    let seconds = past.known_duration.as_secs_f64();
    if format == Format::Json {
        let recorded = json!({
            "method": past.header.method(),
            "step_size": past.header.spec.step_size,
            "seconds": seconds,
            "updates": past.updates,
            "gradients": past.gradients,
            "loss": last.map(|last| last.loss),
            "gradient_norm": last.map(|last| last.gradient_norm),
        });
        let object = json!({"recorded": recorded, "other": other});
        return Ok(format!("{object}\n"));
    }
    let number = |value: Option<f64>| or_unknown(value.map(|value| figure(value, 6)));
    let mut table = Table::default();
    let mut column = |header: &str, recorded: String, other: String| {
        table.push_column(header, [recorded, other]);
    };
    let (size, other_size) = (past.header.spec.step_size, other.step_size);
    let (mean, other_mean) = (past.staleness.all.mean, other.staleness.mean);
    let (loss, norm) = (last.map(|it| it.loss), last.map(|it| it.gradient_norm));
    column("", "recorded".to_owned(), "on its machine".to_owned());
    column("method", past.header.method(), other.method.clone());
    column("step size", size.to_string(), other_size.to_string());
    let count = |n: u64| n.to_string();
    column("updates", count(past.updates), count(other.updates));
    column("gradients", count(past.gradients), count(other.gradients));
    column("mean staleness", number(mean), number(other_mean));
    column("loss", number(loss), number(other.loss));
    column("gradient norm", number(norm), number(other.gradient_norm));
    let table = table.render(format.into());
    if format != Format::Table {
        return Ok(table);
    }
    let method = &other.method;
    Ok(format!(
        "{method} would have done this in the same {seconds:.3} s, with the compute times that were recorded:\n\n{table}"
    ))
}
