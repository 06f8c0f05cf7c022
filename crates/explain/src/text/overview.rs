//! The run in a dozen lines.

use ps_core::form::count;
use trace::Ending;

use crate::account::Queued;
use crate::conservation::Verdict;
use crate::explanation::Explanation;
use crate::phrases;
use crate::staleness::MAX_NOISE;
use crate::tables::number::{digits, or_unknown, part, percent, time};
use crate::tables::{Facts, blocks};

/// The lines of the overview.
pub(super) fn facts(of: &Explanation) -> Facts {
    let mut facts = Facts::default();
    run(of, &mut facts);
    counts(of, &mut facts);
    times(of, &mut facts);
    facts.push("conservation law", conservation(of));
    facts.push_if_any("effective momentum", momentum(of));
    model(of, &mut facts);
    facts
}

fn number(value: f64) -> String {
    digits(value, 3)
}

fn run(of: &Explanation, facts: &mut Facts) {
    let header = &of.header;
    let rule = match header.spec.step_rule.to_string().as_str() {
        "constant" => String::new(),
        rule => format!(" ({rule})"),
    };
    let (method, seed, step_size) = (header.method(), header.spec.seed, header.spec.step_size);
    let text = format!("{method}, step size {step_size}{rule}, seed {seed}");
    facts.push("method", text);
    facts.push_if_any("command", header.described("command"));
    facts.push_if_any("correction", header.spec.text("correction"));
    facts.push_if_any("optimizer", header.spec.text("optimizer"));
    let (workers, cluster) = (header.workers(), header.cluster());
    let jobs = count(header.concurrency(), "job");
    facts.push("workers", format!("{workers}, {jobs} out: {cluster}"));
    // A problem without data has no hash of any.
    let has_data = header.described("data_hash");
    if let Some(data) = has_data.and(header.described("data")) {
        let partition = header.described("partition");
        let partition = partition.unwrap_or_else(|| "unknown".to_owned());
        facts.push("data", format!("{data}, partition {partition}"));
    }
    let duration = format!("{} ({} time)", time(of.duration, 3), header.clock());
    let ended = match (&of.stopped, &of.ending) {
        (Some(stopped), _) => format!("after {duration}: {}", stopped.reason),
        (None, Ending::Truncated { last_line }) => {
            format!("unknown: the trace was cut after line {last_line}, {duration} into the run")
        }
        (None, _) => "unknown".to_owned(),
    };
    facts.push("ended", ended);
}

fn counts(of: &Explanation, facts: &mut Facts) {
    let rate = |per_second: Option<f64>| or_unknown(per_second.map(number));
    let (updates, gradients) = (rate(of.updates_per_second), rate(of.gradients_per_second));
    facts.push("updates", format!("{} ({updates} a second)", of.updates));
    let (n, applied, held, discarded) = (of.gradients, of.applied, of.held, of.discarded);
    let text = format!(
        "{n} ({gradients} a second): {applied} applied, {held} held, {discarded} discarded"
    );
    facts.push("gradients", text);
    let out = match of.conservation.verdict {
        Verdict::Truncated | Verdict::MayLackLines => "unknown how many".to_owned(),
        _ => of.out.to_string(),
    };
    let (lost, others) = (of.lost, without_a_gradient(of));
    let text = format!("{out} still out at the end, {lost} lost{others}");
    facts.push("other jobs", text);
    facts.push_if_any("for nothing", wasted(of));
    facts.push("staleness", phrases::staleness(&of.staleness.all));
    facts.push("concurrency", phrases::concurrency(&of.concurrency.all));
    facts.push_if_any("… over time", over_time(of));
    let access = of.header.described("access");
    let access = access.map(|it| format!("{it}: which parameters a job reads and writes"));
    facts.push_if_any("access", access);
    facts.push_if_any("torn reads", of.reads.map(phrases::torn_reads));
}

/// Jobs outstanding in equal stretches of the run, as blocks; nothing if there are too few
/// gradients for that.
fn over_time(of: &Explanation) -> Option<String> {
    const STRETCHES: u32 = 60;
    let points = &of.concurrency.over_time;
    if points.len() < STRETCHES as usize {
        return None;
    }
    let stretch = of.duration / STRETCHES;
    let mut last = 0.0;
    let hundredths = (0..STRETCHES).map(|number| {
        let (from, to) = (stretch * number, stretch * (number + 1));
        let inside = points.iter().filter(|it| it.time > from && it.time <= to);
        let (n, sum) = inside.fold((0u32, 0.0), |(n, sum), point| (n + 1, sum + point.mean));
        // Where nothing arrived, as many are outstanding as before.
        if n > 0 {
            last = sum / f64::from(n);
        }
        format!("{:.0}", last * 100.0).parse().unwrap_or(0)
    });
    Some(blocks(&hundredths.collect::<Vec<u64>>()))
}

/// Counts of the jobs that only methods with cancellation or limits have.
fn without_a_gradient(of: &Explanation) -> String {
    let counts = [
        (of.cancelled, "called off"),
        (of.cancelled_in_queue, "called off in a queue"),
        (of.expired, "given up after their limit"),
        (of.wasted.rejected.jobs, "rejected, as NaN or infinite"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    counts
        .map(|(count, what)| format!(", {count} {what}"))
        .collect()
}

/// The time at jobs that brought nothing, by the reason.
fn wasted(of: &Explanation) -> Option<String> {
    let workers = u32::try_from(of.workers.len()).unwrap_or(u32::MAX);
    let all = of.duration.saturating_mul(workers);
    let reasons = of.wasted.reasons().into_iter();
    let reasons: Vec<String> = reasons
        .filter(|(_, in_vain)| in_vain.jobs > 0)
        .map(|(reason, in_vain)| format!("{} {reason}", time(in_vain.time, 3)))
        .collect();
    let (sum, share) = (of.wasted.time(), part(of.wasted.time(), all));
    let of_all = format!("{}, {share} % of the workers' time", time(sum, 3));
    (!reasons.is_empty()).then(|| format!("{of_all}: {}", reasons.join(", ")))
}

fn times(of: &Explanation, facts: &mut Facts) {
    let is_hogwild = of.header.is_hogwild();
    if !is_hogwild {
        facts.push("jobs in queues", waits(of.queued));
        facts.push("gradients at door", waits(of.at_the_door));
    }
    let Some(cores) = of.cores else {
        return;
    };
    let (serving, share) = (time(of.serving, 3), part(of.serving, of.duration));
    let name = if is_hogwild { "adding" } else { "serving" };
    facts.push(name, format!("{serving}, {share} % of the time"));
    let (computing, n) = (number(cores.computing), count(cores.cores, "core"));
    let share = percent(cores.share);
    let text = format!("{computing} workers computing at the same time on {n} ({share} %)");
    facts.push("cores", text);
    let share = or_unknown(of.overrun_share.map(percent));
    let overruns = of.overruns;
    let text = format!("{overruns} ({share} % of the gradients)");
    facts.push("overruns", text);
}

fn waits(queued: Queued) -> String {
    if queued.max.is_zero() {
        return "none waited".to_owned();
    }
    let mean = or_unknown(queued.mean.map(|mean| time(mean, 3)));
    format!("waited {mean} on average, {} at most", time(queued.max, 3))
}

fn conservation(of: &Explanation) -> String {
    let law = of.conservation;
    let (ended, out) = (law.ages_ended, law.ages_out);
    let (left, right) = (ended + out, law.ages_assigned + law.aged);
    let unknown = match law.verdict {
        Verdict::Holds => {
            return format!(
                "holds: jobs aged by {ended} (ended) + {out} (still out) updates = {right} jobs \
                 out, summed over updates"
            );
        }
        Verdict::Broken => {
            return format!(
                "BROKEN: jobs aged by {ended} (ended) + {out} (still out) = {left} updates, but \
                 {right} jobs were out, summed over updates"
            );
        }
        Verdict::Truncated => "cannot be checked: the trace was cut before its end",
        Verdict::Dropped => "cannot be checked: lines were dropped",
        Verdict::MayLackLines => {
            "cannot be checked: the trace was cut before its end, and may lack lines before that \
             (--trace-drop)"
        }
        Verdict::Unsaid => "cannot be checked: lines do not say how many jobs were out",
    };
    unknown.to_owned()
}

fn momentum(of: &Explanation) -> Option<String> {
    let momentum = of.staleness.momentum?;
    let (value, distance) = (number(momentum.momentum), percent(momentum.distance));
    Some(if of.staleness.all.max == 0 {
        "none: no gradient is stale".to_owned()
    } else if momentum.fits {
        format!("{value}: staleness is geometric, but for {distance} % of the gradients")
    } else if momentum.noise > MAX_NOISE {
        "unknown: too few gradients to tell".to_owned()
    } else {
        format!(
            "none: staleness is not geometric ({distance} % of the gradients differ from that law)"
        )
    })
}

fn model(of: &Explanation, facts: &mut Facts) {
    let [first, .., last] = &of.evaluations[..] else {
        return;
    };
    let n = count(of.evaluations.len(), "evaluation");
    let (from, to) = (number(first.loss), number(last.loss));
    facts.push("loss", format!("{from} → {to} ({n})"));
    let norms = of.evaluations.iter().map(|e| e.gradient_norm);
    let smallest = number(norms.fold(f64::INFINITY, f64::min));
    let (from, to) = (number(first.gradient_norm), number(last.gradient_norm));
    let text = format!("{from} → {to} (smallest {smallest})");
    facts.push("gradient norm", text);
}
