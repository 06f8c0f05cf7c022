//! What a run will be that is larger than its user may think: said before it begins.

use std::path::Path;

use asgrad::RunSpec;
use asgrad::trace::news::LARGE;
use asgrad::workers::ComputeTimes;

use crate::progress::Progress;

/// Number of gradients from which on a run is said to be long: a minute of the cheapest ones, days
/// of others.
const MANY: u64 = 100_000_000;
/// Number of bytes of a line of a trace, and of a compressed one.
const LINE: f64 = 270.0;
const COMPRESSED_LINE: f64 = 50.0;

/// Says that very many gradients are asked for, if nothing else ends the run.
pub(super) fn say_if_long(spec: &RunSpec, progress: &Progress) {
    let end = &spec.end;
    if end.time_limit.is_some() || end.target.is_set() {
        return;
    }
    let asked = [("updates", end.updates), ("gradients", end.gradients)];
    let least = asked.iter().filter_map(|(name, n)| Some((name, (*n)?)));
    if let Some((name, n)) = least.min_by_key(|(_, n)| *n).filter(|(_, n)| *n > MANY) {
        progress.note(format_args!(
            "--{name} {n}: a run of more than 10⁸ gradients; Ctrl-C ends it with what there is then, --seconds S in time"
        ));
    }
}

/// Says that the trace will be large, as far as that is known.
pub(super) fn say_if_large(spec: &RunSpec, trace: &Path, progress: &Progress) {
    let compressed = [".gz", ".zst"].map(|ending| trace.to_string_lossy().ends_with(ending));
    let (line, advice) = if compressed.contains(&true) {
        (COMPRESSED_LINE, "")
    } else {
        (LINE, "; a name that ends in .gz takes a fifth")
    };
    let Some(gradients) = gradients(spec) else {
        return;
    };
    let bytes = gradients * line;
    if bytes > LARGE as f64 {
        progress.note(format_args!(
            "--trace {}: about {:.1} GB, a line for each of {gradients:.1e} gradients{advice}",
            trace.display(),
            bytes / LARGE as f64
        ));
    }
}

/// How many gradients a run is to be of, roughly: at least one an update, and as many as the workers
/// compute in time.
fn gradients(spec: &RunSpec) -> Option<f64> {
    let end = &spec.end;
    let of_time = end.time_limit.and_then(|time| {
        let cluster = spec.cluster.cluster(spec.workers?).ok()?;
        let is_drawn = matches!(spec.cluster.compute, ComputeTimes::Drawn(_));
        let unit = cluster.unit().as_secs_f64();
        let rate: f64 = cluster.times().iter().map(|time| 1.0 / (time * unit)).sum();
        is_drawn.then_some(time.as_secs_f64() * rate)
    });
    let asked = [end.updates, end.gradients].map(|n| Some(n? as f64));
    let all = asked.into_iter().chain([of_time]).flatten();
    all.reduce(f64::min)
}
