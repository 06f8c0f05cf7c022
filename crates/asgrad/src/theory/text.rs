//! What theory says of a run, as text and as a table.

use std::fmt;

use explain::tables::Table;
use explain::tables::number::{self, UNKNOWN};
use ps_core::form::count;

use super::recorded_machine::Took;
use super::report::{Deviations, TargetFrom, Term, Theory};

/// Figures under a headline.
struct Section {
    headline: String,
    figures: Vec<[String; 3]>,
}

impl Section {
    fn new(headline: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            figures: Vec::new(),
        }
    }

    /// Adds a number to three digits, or a dash for what is not known, and what it means.
    fn add(&mut self, name: &str, value: impl Into<Option<f64>>, meaning: impl Into<String>) {
        let value = value.into().map_or_else(|| UNKNOWN.to_owned(), number);
        self.figures.push([name.to_owned(), value, meaning.into()]);
    }
}

impl Theory {
    /// One row for each figure: its name, its value to three digits, what it means.
    pub fn table(&self) -> Table {
        let mut table = Table::new(&["figure", "value", "meaning"]);
        for figure in self.sections().into_iter().flat_map(|it| it.figures) {
            table.push(figure.to_vec());
        }
        table
    }

    fn sections(&self) -> [Section; 4] {
        [measured(self), step_sizes(self), bound(self), times(self)]
    }
}

impl fmt::Display for Theory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Section { headline, figures } in self.sections() {
            writeln!(f, "{headline}")?;
            for [name, value, meaning] in figures {
                let line = format!("  {name:<24}{value:>11}  {meaning}");
                writeln!(f, "{}", line.trim_end())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Three significant digits: none of these figures is known better.
fn number(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => UNKNOWN.to_owned(),
        // Its digits before the point would look as if they were known.
        size if size >= 99_950.0 => format!("{value:.2e}"),
        _ => number::digits(value, 3),
    }
}

/// Constants of the objective and of the recorded order.
fn measured(theory: &Theory) -> Section {
    let (method, workers) = (&theory.method, count(theory.workers, "worker"));
    let n = count(theory.versions.len(), "version");
    let version = |version: Option<&u64>| version.copied().unwrap_or_default();
    let (first, last) = (
        version(theory.versions.first()),
        version(theory.versions.last()),
    );
    let mut section = Section::new(format!(
        "Constants of {method} on {workers}, estimated at {n} from {first} to {last}"
    ));
    let smoothness = theory.smoothness;
    let of_one_worker = smoothness
        .of_one_worker
        .map_or_else(String::new, |largest| {
            format!("; of one worker's f_i {}", number(largest))
        });
    let (path, curvature) = (number(smoothness.along_path), number(smoothness.curvature));
    let meaning = format!(
        "smoothness, the largest seen: {path} between versions, {curvature} by Lanczos' method{of_one_worker}"
    );
    section.add("L", smoothness.largest, meaning);
    let (draws, noise) = (theory.draws, deviations(&theory.noise));
    let meaning = format!("noise of a gradient, {draws} draws each: {noise}");
    section.add("σ²", theory.noise.mean, meaning);
    let averaged = if theory.worker_gradients_are_exact {
        ""
    } else {
        "; up to σ²/draws too large: the ∇f_i are means of draws"
    };
    let heterogeneity = deviations(&theory.heterogeneity);
    let meaning = format!("data heterogeneity: {heterogeneity}{averaged}");
    section.add("ζ²", theory.heterogeneity.mean, meaning);
    order(theory, &mut section);
    section
}

fn deviations(deviations: &Deviations) -> String {
    let ranked = (0u32..).zip(&deviations.per_worker);
    let worker = match ranked.max_by(|(_, a), (_, b)| a.total_cmp(b)) {
        Some((worker, mean)) if *mean > deviations.mean => {
            format!(" (worker {worker} most: {})", number(*mean))
        }
        _ => String::new(),
    };
    let largest = number(deviations.largest);
    format!("mean{worker}; at one version up to {largest}")
}

fn order(theory: &Theory, section: &mut Section) {
    let sequence = theory.sequence_correlation;
    let (blocks, period) = (sequence.blocks, sequence.period);
    let meaning =
        format!("sequence correlation over {blocks} blocks of P = {period} assigned jobs");
    section.add("σ²_{k,P}", sequence.value, meaning);
    let mean = number(theory.delay_variance.mean);
    let meaning = format!("delay variance, the largest; its mean is {mean}");
    section.add("ν²", theory.delay_variance.largest, meaning);
    let oldest = "the papers' longest delay, in gradients, also of jobs still out at the end";
    let concurrency = "the most jobs out at once";
    for (name, value, meaning) in [
        ("τ_max", theory.ages.oldest.to_string(), oldest),
        ("τ_C", theory.ages.concurrency.to_string(), concurrency),
    ] {
        let figure = [name.to_owned(), value, meaning.to_owned()];
        section.figures.push(figure);
    }
}

fn step_sizes(theory: &Theory) -> Section {
    let sizes = theory.step_sizes;
    let mut section = Section::new(
        "Step size for one gradient: what theory allows, up to a constant that is not established",
    );
    let ratio = sizes.ratio.map_or_else(String::new, |ratio| {
        format!("{} times what theory allows", number(ratio))
    });
    let by_age = match sizes.by_age {
        Some(_) => "limit by the ages of jobs",
        None => "no limit by the ages of jobs: all were 0",
    };
    section.add("γ used", sizes.used, ratio);
    section.add("1/L", sizes.by_smoothness, "limit by curvature");
    section.add("1/(L·√(τ_max·τ_C))", sizes.by_age, by_age);
    section
}

fn bound(theory: &Theory) -> Section {
    let headline =
        "Bound on the mean ‖∇f‖²: its terms, each up to a constant that is not established";
    let Some(bound) = theory.bound else {
        return Section::new(format!(
            "{headline}. It is for plain steps, and this run had a correction or an optimizer"
        ));
    };
    let mut section = Section::new(headline);
    let f0 = number(bound.descent_to_lowest_seen);
    let gradients = bound.gradients;
    let descent = format!(
        "from the start, F0 = {f0} down to the lowest loss seen, T = {gradients} gradients"
    );
    let (order, out) = ("order of the assigned workers", "jobs that are out");
    for (term, name, value, meaning) in [
        (Term::Descent, "F0/(γT)", bound.descent, descent.as_str()),
        (Term::Noise, "L·γ·σ²", bound.noise, "noise"),
        (Term::Sequence, "L²γ²·σ²_{k,P}", bound.sequence, order),
        (Term::JobsOut, "L²γ²·ν²", bound.jobs_out, out),
    ] {
        let advice = match term {
            _ if term != bound.dominant => "",
            Term::Descent => "  ← dominates: more gradients help, or a larger step",
            Term::Noise => "  ← dominates: a smaller step helps, or larger batches",
            Term::Sequence => "  ← dominates: an assignment that is more even helps",
            Term::JobsOut => "  ← dominates: fewer jobs out help, or a smaller step",
        };
        section.add(name, value, format!("{meaning}{advice}"));
    }
    let over = "over the evaluated versions";
    section.add("measured mean ‖∇f‖²", bound.measured, over);
    section
}

fn times(theory: &Theory) -> Section {
    let times = &theory.times;
    let (target, run, workers) = (number(times.target), number(times.run), theory.workers);
    let from = match times.target_from {
        TargetFrom::Asked => "as asked",
        TargetFrom::SmallestMeasured => "the smallest of the run",
    };
    let mut section = Section::new(format!(
        "Seconds to ‖∇f‖² ≤ {target} ({from}), for the worst f with these constants, up to a constant that is not \
             established"
    ));
    let against = |bracket: f64| match times.reached {
        Some(reached) if bracket > 0.0 => {
            format!("; this run took {} times that", number(reached / bracket))
        }
        _ => String::new(),
    };
    let meaning = match times.reached {
        Some(_) => format!("of {run} in all"),
        None => format!("not reached in {run}"),
    };
    section.add("this run", times.reached, meaning);
    let known = || times.mean_seconds.iter().copied().flatten();
    let slowest = number::or_unknown(known().max_by(f64::total_cmp).map(number));
    let meaning =
        format!("a gradient of the fastest worker, {slowest} of the slowest; links included");
    section.add("s_i", known().min_by(f64::total_cmp), meaning);
    let meaning = times.homogeneous.map_or_else(
        || "no job came back, or ε is 0".to_owned(),
        |bound| {
            let (useful, ratio) = (bound.useful_workers, against(bound.bracket));
            format!("of use: the fastest {useful} of {workers} workers{ratio}")
        },
    );
    let bracket = times.homogeneous.map(|bound| bound.bracket);
    section.add("lower bound, equal data", bracket, meaning);
    let meaning = match times.heterogeneous {
        None => "a worker delivered nothing, or ε is 0".to_owned(),
        Some(bracket) => format!("needs every worker{}", against(bracket)),
    };
    section.add("lower bound, any data", times.heterogeneous, meaning);
    for (name, took, what) in [
        ("Rennala", times.rennala, "attains the first"),
        ("Malenia", times.malenia, "attains the second"),
    ] {
        let rounds = took.map_or_else(|| "; no round of it ends, or ε is 0".to_owned(), rounds);
        let seconds = took.map(|took| took.seconds);
        section.add(name, seconds, format!("{what}{rounds}"));
    }
    section
}

fn rounds(took: Took) -> String {
    let Took {
        rounds, simulated, ..
    } = took;
    let extrapolated = if simulated < rounds {
        format!(", extrapolated from the first {simulated}")
    } else {
        String::new()
    };
    format!("; rounds on the recorded machine: {rounds}{extrapolated}")
}

#[cfg(test)]
mod tests;
