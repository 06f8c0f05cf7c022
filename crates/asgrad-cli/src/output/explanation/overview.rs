//! The run in a dozen lines.

use std::time::Duration;

use asgrad::Ending;
use asgrad::explain::{Explanation, Queued, Verdict};

use super::super::{blocks, torn_reads};
use super::Table;
use super::words::{number, number_if_any, part, percent, time, time_if_any};

/// Names and values.
pub(super) fn of(explanation: &Explanation) -> Lines {
    let mut lines = Lines(Vec::new());
    run(explanation, &mut lines);
    counts(explanation, &mut lines);
    times(explanation, &mut lines);
    lines.push("conservation law", conservation(explanation));
    momentum(explanation, &mut lines);
    model(explanation, &mut lines);
    lines
}

/// Lines with a name each.
#[derive(Debug)]
pub(super) struct Lines(Vec<(&'static str, String)>);

impl Lines {
    fn push(&mut self, name: &'static str, value: String) {
        self.0.push((name, value));
    }

    pub(super) fn render(&self, format: crate::args::Format) -> String {
        if format == crate::args::Format::Markdown {
            let mut table = Table::new(&["what", "value"]);
            for (name, value) in &self.0 {
                table.push(vec![(*name).to_owned(), value.clone()]);
            }
            return table.render(format);
        }
        let line = |(name, value): &(&str, String)| format!("{name:<20}{value}\n");
        self.0.iter().map(line).collect()
    }
}

fn run(explanation: &Explanation, lines: &mut Lines) {
    let header = &explanation.header;
    let rule = match header.spec.step_rule.to_string().as_str() {
        "constant" => String::new(),
        rule => format!(" ({rule})"),
    };
    let (method, seed, step_size) = (&header.method(), header.spec.seed, header.spec.step_size);
    lines.push(
        "method",
        format!("{method}, step size {step_size}{rule}, seed {seed}"),
    );
    if let Some(command) = header.described("command") {
        lines.push("command", command);
    }
    for name in ["correction", "optimizer"] {
        if let Some(list) = header.spec.text(name) {
            lines.push(name, list);
        }
    }
    let (workers, jobs) = (header.workers(), header.concurrency());
    let cluster = &header.cluster();
    lines.push("workers", format!("{workers}, {jobs} jobs out: {cluster}"));
    // A problem without data has no hash of any.
    let has_data = header.described("data_hash");
    if let Some(data) = has_data.and(header.described("data")) {
        let partition = header
            .described("partition")
            .unwrap_or_else(|| "unknown".to_owned());
        lines.push("data", format!("{data}, partition {partition}"));
    }
    let duration = time(explanation.duration);
    let clock = match header.clock() {
        asgrad::Clock::Virtual => "virtual",
        asgrad::Clock::Real => "real",
    };
    let ended = match (&explanation.stopped, &explanation.ending) {
        (Some(stopped), _) => format!("after {duration} ({clock} time): {}", stopped.reason),
        (None, Ending::Truncated { last_line }) => {
            format!(
                "unknown: the trace was cut after line {last_line}, {duration} ({clock} time) into the run"
            )
        }
        (None, _) => "unknown".to_owned(),
    };
    lines.push("ended", ended);
}

fn counts(explanation: &Explanation, lines: &mut Lines) {
    let Explanation {
        updates,
        gradients,
        applied,
        held,
        discarded,
        lost,
        out,
        ..
    } = explanation;
    let rate = number_if_any(explanation.updates_per_second);
    lines.push("updates", format!("{updates} ({rate} a second)"));
    let rate = number_if_any(explanation.gradients_per_second);
    lines.push(
        "gradients",
        format!(
            "{gradients} ({rate} a second): {applied} applied, {held} held, {discarded} discarded"
        ),
    );
    let out = match explanation.conservation.verdict {
        Verdict::Truncated | Verdict::MayLackLines => "unknown how many".to_owned(),
        _ => out.to_string(),
    };
    lines.push(
        "other jobs",
        format!(
            "{out} still out at the end, {lost} lost{}",
            without_gradient(explanation)
        ),
    );
    if let Some(wasted) = wasted(explanation) {
        lines.push("for nothing", wasted);
    }
    at_the_server(explanation, lines);
    if let Some(access) = explanation.header.described("access") {
        lines.push(
            "access",
            format!("{access}: which parameters a job reads and writes"),
        );
    }
    if let Some(reads) = explanation.reads {
        lines.push("torn reads", torn_reads(reads));
    }
}

fn at_the_server(explanation: &Explanation, lines: &mut Lines) {
    let staleness = explanation.staleness.all;
    let (p50, p90, p99, max) = (staleness.p50, staleness.p90, staleness.p99, staleness.max);
    let mean = number_if_any(staleness.mean);
    lines.push(
        "staleness",
        format!("mean {mean}, median {p50}, p90 {p90}, p99 {p99}, max {max}"),
    );
    let concurrency = explanation.concurrency.all;
    let (mean, max) = (number_if_any(concurrency.mean), concurrency.max);
    lines.push("concurrency", format!("mean {mean}, max {max}"));
    let over_time = over_time(explanation);
    if !over_time.is_empty() {
        lines.push("… over time", over_time);
    }
}

/// Jobs out in equal stretches of the run, as blocks; nothing if there are too few gradients for that.
fn over_time(explanation: &Explanation) -> String {
    const STRETCHES: u32 = 60;
    let points = &explanation.concurrency.over_time;
    if points.len() < STRETCHES as usize {
        return String::new();
    }
    let stretch = explanation.duration / STRETCHES;
    let mean_until = |(number, from): (u32, Duration)| {
        let inside = points
            .iter()
            .filter(|point| point.time > from && point.time <= stretch * (number + 1));
        let (n, sum) = inside.fold((0u32, 0.0), |(n, sum), point| (n + 1, sum + point.mean));
        // Nothing arrived: as many are out as before, but nobody saw it.
        (n > 0).then(|| sum / f64::from(n))
    };
    let mut last = 0.0;
    let hundredths = (0..STRETCHES).map(|number| {
        last = mean_until((number, stretch * number)).unwrap_or(last);
        format!("{:.0}", last * 100.0).parse().unwrap_or(0)
    });
    blocks(&hundredths.collect::<Vec<u64>>())
}

/// What became of the jobs that no method without cancellation has.
fn without_gradient(explanation: &Explanation) -> String {
    let counts = [
        (explanation.cancelled, "called off"),
        (explanation.cancelled_in_queue, "called off in a queue"),
        (explanation.expired, "given up after their limit"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

/// The time at jobs of which nothing came, by the reason.
fn wasted(explanation: &Explanation) -> Option<String> {
    let workers = u32::try_from(explanation.workers.len()).unwrap_or(u32::MAX);
    let all = explanation.duration.saturating_mul(workers);
    let reasons = explanation.wasted.reasons().into_iter();
    let reasons = reasons.filter(|(_, in_vain)| in_vain.jobs > 0);
    let reasons: Vec<String> = reasons
        .map(|(reason, in_vain)| format!("{} {reason}", time(in_vain.time)))
        .collect();
    let (sum, share) = (
        explanation.wasted.time(),
        part(explanation.wasted.time(), all),
    );
    let of = format!("{}, {share} % of the workers' time", time(sum));
    (!reasons.is_empty()).then(|| format!("{of}: {}", reasons.join(", ")))
}

fn times(explanation: &Explanation, lines: &mut Lines) {
    let is_hogwild = explanation.header.is_hogwild();
    if !is_hogwild {
        lines.push("jobs in queues", waits(explanation.queued));
        lines.push("gradients at door", waits(explanation.at_the_door));
    }
    let Some(cores) = explanation.cores else {
        return;
    };
    let serving = part(explanation.serving, explanation.duration);
    let time = time(explanation.serving);
    let what = if is_hogwild { "adding" } else { "serving" };
    lines.push(what, format!("{time}, {serving} % of the time"));
    let (computing, n, share) = (
        number(cores.computing),
        cores.cores,
        percent(Some(cores.share)),
    );
    lines.push(
        "cores",
        format!("{computing} workers computing at the same time on {n} cores ({share} %)"),
    );
    let share = percent(explanation.overrun_share);
    let overruns = explanation.overruns;
    lines.push(
        "overruns",
        format!("{overruns} ({share} % of the gradients)"),
    );
}

fn waits(queued: Queued) -> String {
    let (mean, max) = (time_if_any(queued.mean), time(queued.max));
    match queued.max.is_zero() {
        true => "none waited".to_owned(),
        false => format!("waited {mean} on average, {max} at most"),
    }
}

fn conservation(explanation: &Explanation) -> String {
    let law = explanation.conservation;
    let (ended, out) = (law.ages_ended, law.ages_out);
    let right = law.ages_assigned + law.aged;
    let sum = ended + out;
    match law.verdict {
        Verdict::Holds => format!(
            "holds: jobs aged by {ended} (ended) + {out} (still out) updates = {right} jobs out, summed over updates"
        ),
        Verdict::Broken => format!(
            "BROKEN: jobs aged by {ended} (ended) + {out} (still out) = {sum} updates, but {right} jobs were out, summed \
             over updates"
        ),
        Verdict::Truncated => "cannot be checked: the trace was cut before its end".to_owned(),
        Verdict::Dropped => "cannot be checked: lines were dropped".to_owned(),
        Verdict::MayLackLines => {
            "cannot be checked: the trace was cut before its end, and may lack lines before that (--trace-drop)".to_owned()
        }
        _ => "cannot be checked: lines do not say how many jobs were out".to_owned(),
    }
}

fn momentum(explanation: &Explanation, lines: &mut Lines) {
    let Some(momentum) = explanation.staleness.momentum else {
        return;
    };
    let (value, distance) = (number(momentum.momentum), percent(Some(momentum.distance)));
    let text = match momentum.fits {
        _ if explanation.staleness.all.max == 0 => "none: no gradient is stale".to_owned(),
        true => format!("{value}: staleness is geometric, but for {distance} % of the gradients"),
        false if momentum.noise > 0.1 => "unknown: too few gradients to tell".to_owned(),
        false => format!(
            "none: staleness is not geometric ({distance} % of the gradients differ from that law)"
        ),
    };
    lines.push("effective momentum", text);
}

fn model(explanation: &Explanation, lines: &mut Lines) {
    let [first, .., last] = &explanation.evaluations[..] else {
        return;
    };
    let n = explanation.evaluations.len();
    let (from, to) = (number(first.loss), number(last.loss));
    lines.push("loss", format!("{from} → {to} ({n} evaluations)"));
    let norms = explanation.evaluations.iter().map(|e| e.gradient_norm);
    let smallest = number(norms.fold(f64::INFINITY, f64::min));
    let (from, to) = (number(first.gradient_norm), number(last.gradient_norm));
    lines.push(
        "gradient norm",
        format!("{from} → {to} (smallest {smallest})"),
    );
}
