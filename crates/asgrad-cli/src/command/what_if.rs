//! A recorded run beside another that was played on its machine.

use std::time::Duration;

use asgrad::tables::figure;
use asgrad::{Action, Ending, Event, Header, Line, Scalar, Summary, Trace};
use serde_json::json;

use crate::args::Format;
use crate::failure::Failure;
use crate::output::Table;

/// What never happened has no other way that it could have gone.
fn refuse_altered(line: Option<u64>) -> Result<(), Failure> {
    match line {
        None => Ok(()),
        Some(line) => Err(Failure::failed(format!(
            "line {line} of the trace is not as it was written, or one before it is missing: its machine is not one that \
             was recorded"
        ))),
    }
}

/// The numbers of a recorded run that another is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    header: Header,
    /// How long it took.
    pub(crate) time: Duration,
    updates: u64,
    gradients: u64,
    /// How many of them were applied or held, and the sum of their staleness.
    used: u64,
    staleness: u64,
    last: Option<asgrad::Evaluation>,
    /// The last whole line of a trace that was cut.
    pub(crate) cut_after: Option<u64>,
}

impl Past {
    pub(crate) fn of(trace: &Trace) -> Result<Self, Failure> {
        let mut past = Self {
            header: trace.header().clone(),
            time: Duration::ZERO,
            updates: 0,
            gradients: 0,
            used: 0,
            staleness: 0,
            last: None,
            cut_after: None,
        };
        let mut lines = trace.lines().map_err(Failure::failed)?;
        let (mut stopped, mut longest) = (None, Duration::ZERO);
        for line in lines.by_ref() {
            match line.map_err(Failure::failed)?.1 {
                Line::Event(Event::Received(received)) => {
                    past.updates += u64::from(received.action == Action::Applied);
                    past.gradients += u64::from(received.action.has_gradient());
                    if matches!(received.action, Action::Applied | Action::Held) {
                        past.used += 1;
                        past.staleness += received.staleness();
                    }
                    past.time = past.time.max(received.time);
                    longest = longest.max(received.time.saturating_sub(received.assigned));
                }
                Line::Event(Event::Updated(updated)) => {
                    past.updates += 1;
                    past.time = past.time.max(updated.time);
                }
                Line::Evaluated(evaluation) => past.last = Some(evaluation),
                Line::Last(line) => stopped = Some(line),
                _ => {}
            }
        }
        refuse_altered(lines.altered())?;
        if let Some(Ending::Truncated { last_line }) = lines.ending() {
            past.cut_after = Some(*last_line);
        }
        if let Some(stopped) = stopped {
            // Nothing that was recorded says what happened later than a job after the last gradient.
            let known = past.time.saturating_add(longest);
            past.time = stopped.time.min(known);
            past.updates = stopped.version.number();
        }
        if past.time.is_zero() {
            return Err(Failure::failed(
                "the trace has no gradient: how long a worker takes is not known",
            ));
        }
        Ok(past)
    }

    /// Both, in a table or as two objects.
    pub(crate) fn beside<T: Scalar>(
        &self,
        other: &Summary<T>,
        format: Format,
    ) -> Result<String, Failure> {
        if format == Format::Json {
            let recorded = json!({
                "method": self.header.method(),
                "step_size": self.header.spec.step_size,
                "seconds": self.time.as_secs_f64(),
                "updates": self.updates,
                "gradients": self.gradients,
                "loss": self.last.map(|last| last.loss),
                "gradient_norm": self.last.map(|last| last.gradient_norm),
            });
            let object = json!({"recorded": recorded, "other": other});
            return Ok(format!("{object}\n"));
        }
        let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| figure(value, 6));
        let mut table = Table::new(&[
            "",
            "method",
            "step size",
            "updates",
            "gradients",
            "mean staleness",
            "loss",
            "gradient norm",
        ]);
        let mean = (self.used > 0).then(|| self.staleness as f64 / self.used as f64);
        table.push(vec![
            "recorded".to_owned(),
            self.header.method().clone(),
            self.header.spec.step_size.to_string(),
            self.updates.to_string(),
            self.gradients.to_string(),
            number(mean),
            number(self.last.map(|last| last.loss)),
            number(self.last.map(|last| last.gradient_norm)),
        ]);
        table.push(vec![
            "on its machine".to_owned(),
            other.method.clone(),
            other.step_size.to_string(),
            other.updates.to_string(),
            other.gradients.to_string(),
            number(other.staleness.mean),
            number(other.loss),
            number(other.gradient_norm),
        ]);
        let seconds = self.time.as_secs_f64();
        let table = table.render(format);
        Ok(match format {
            Format::Table => format!(
                "{} would have done this in the same {seconds:.3} s, with the compute times that were recorded:\n\n{table}",
                other.method
            ),
            _ => table,
        })
    }
}
