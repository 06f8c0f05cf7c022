//! What theory says of a run, as text and as a table.

use std::fmt;

use explain::tables::Table;
use explain::tables::number::{self, UNKNOWN};

use super::recorded_machine::Took;
use super::report::{Deviations, TargetFrom, Term, Theory};

/// A number of theory, in words.
struct Figure {
    name: &'static str,
    value: String,
    meaning: String,
}

/// Figures under a headline.
struct Section {
    headline: String,
    figures: Vec<Figure>,
}

impl Theory {
    /// One row for each figure: its name, its value to three digits, what it means.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new(&["figure", "value", "meaning"]);
        for figure in self.sections().into_iter().flat_map(|it| it.figures) {
            table.push(vec![figure.name.to_owned(), figure.value, figure.meaning]);
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
            for figure in figures {
                let (name, value) = (figure.name, figure.value);
                let line = format!("  {name:<24}{value:>11}  {}", figure.meaning);
                writeln!(f, "{}", line.trim_end())?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn figure(name: &'static str, value: impl Into<Option<f64>>, meaning: impl Into<String>) -> Figure {
    let value = value.into().map_or_else(|| UNKNOWN.to_owned(), number);
    let meaning = meaning.into();
    Figure {
        name,
        value,
        meaning,
    }
}

/// Three significant digits: none of these figures is known better.
fn number(value: f64) -> String {
    match value.abs() {
        f64::INFINITY => UNKNOWN.to_owned(),
        size if size.is_nan() => UNKNOWN.to_owned(),
        // Its digits before the point would look as if they were known.
        size if size >= 99_950.0 => format!("{value:.2e}"),
        _ => number::digits(value, 3),
    }
}

fn measured(theory: &Theory) -> Section {
    let version = |version: Option<&u64>| version.copied().unwrap_or_default();
    let (first, last) = (theory.versions.first(), theory.versions.last());
    let figures = constants(theory).into_iter().chain(order(theory));
    Section {
        headline: format!(
            "Constants of {} on {} workers, estimated at {} versions from {} to {}",
            theory.method,
            theory.workers,
            theory.versions.len(),
            version(first),
            version(last)
        ),
        figures: figures.collect(),
    }
}

/// Constants of the objective.
fn constants(theory: &Theory) -> [Figure; 3] {
    let (smoothness, draws) = (theory.smoothness, theory.draws);
    let of_one_worker = match smoothness.of_one_worker {
        Some(largest) => format!("; of one worker's f_i {}", number(largest)),
        None => String::new(),
    };
    let averaged = if theory.worker_gradients_are_exact {
        ""
    } else {
        "; up to σ²/draws too large: the ∇f_i are means of draws"
    };
    let (path, curvature) = (number(smoothness.along_path), number(smoothness.curvature));
    let (noise, heterogeneity) = (deviations(&theory.noise), deviations(&theory.heterogeneity));
    [
        figure(
            "L",
            smoothness.largest,
            format!(
                "smoothness, the largest seen: {path} between versions, {curvature} by Lanczos' \
                 method{of_one_worker}"
            ),
        ),
        figure(
            "σ²",
            theory.noise.mean,
            format!("noise of a gradient, {draws} draws each: {noise}"),
        ),
        figure(
            "ζ²",
            theory.heterogeneity.mean,
            format!("data heterogeneity: {heterogeneity}{averaged}"),
        ),
    ]
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

/// Constants of the recorded order.
fn order(theory: &Theory) -> [Figure; 4] {
    let sequence = theory.sequence_correlation;
    let (blocks, period) = (sequence.blocks, sequence.period);
    let whole = |name, value: String, meaning: &str| Figure {
        name,
        value,
        meaning: meaning.to_owned(),
    };
    [
        figure(
            "σ²_{k,P}",
            sequence.value,
            format!("sequence correlation over {blocks} blocks of P = {period} assigned jobs"),
        ),
        figure(
            "ν²",
            theory.delay_variance.largest,
            format!(
                "delay variance, the largest; its mean is {}",
                number(theory.delay_variance.mean)
            ),
        ),
        whole(
            "τ_max",
            theory.ages.oldest.to_string(),
            "the papers' longest delay, in gradients, also of jobs still out at the end",
        ),
        whole(
            "τ_C",
            theory.ages.concurrency.to_string(),
            "the most jobs out at once",
        ),
    ]
}

fn step_sizes(theory: &Theory) -> Section {
    let sizes = theory.step_sizes;
    let ratio = match sizes.ratio {
        Some(ratio) => format!("{} times what theory allows", number(ratio)),
        None => String::new(),
    };
    let by_age = match sizes.by_age {
        Some(_) => "limit by the ages of jobs",
        None => "no limit by the ages of jobs: all were 0",
    };
    Section {
        headline: "Step size for one gradient: what theory allows, up to a constant that is not \
                   established"
            .to_owned(),
        figures: vec![
            figure("γ used", sizes.used, ratio),
            figure("1/L", sizes.by_smoothness, "limit by curvature"),
            figure("1/(L·√(τ_max·τ_C))", sizes.by_age, by_age),
        ],
    }
}

fn bound(theory: &Theory) -> Section {
    let headline =
        "Bound on the mean ‖∇f‖²: its terms, each up to a constant that is not established";
    let Some(bound) = theory.bound else {
        return Section {
            headline: format!(
                "{headline}. It is for plain steps, and this run had --correction or --optimizer"
            ),
            figures: Vec::new(),
        };
    };
    let term = |term: Term, name, value: f64, meaning: &str| {
        let advice = match term {
            _ if term != bound.dominant => "",
            Term::Descent => "  ← dominates: more gradients help, or a larger step",
            Term::Noise => "  ← dominates: a smaller step helps, or larger batches",
            Term::Sequence => "  ← dominates: an assignment that is more even helps",
            Term::JobsOut => "  ← dominates: fewer jobs out help, or a smaller step",
        };
        figure(name, value, format!("{meaning}{advice}"))
    };
    let descent = format!(
        "from the start, F0 = {} down to the lowest loss seen, T = {} gradients",
        number(bound.descent_to_lowest_seen),
        bound.gradients
    );
    let order = "order of the assigned workers";
    Section {
        headline: headline.to_owned(),
        figures: vec![
            term(Term::Descent, "F0/(γT)", bound.descent, &descent),
            term(Term::Noise, "L·γ·σ²", bound.noise, "noise"),
            term(Term::Sequence, "L²γ²·σ²_{k,P}", bound.sequence, order),
            term(
                Term::JobsOut,
                "L²γ²·ν²",
                bound.jobs_out,
                "jobs that are out",
            ),
            figure(
                "measured mean ‖∇f‖²",
                bound.measured,
                "over the evaluated versions",
            ),
        ],
    }
}

fn times(theory: &Theory) -> Section {
    let times = &theory.times;
    let (target, run) = (number(times.target), number(times.run));
    let from = match times.target_from {
        TargetFrom::Asked => "as asked",
        TargetFrom::SmallestMeasured => "the smallest of the run",
    };
    let against = |bracket: f64| match times.reached {
        Some(reached) if bracket > 0.0 => {
            format!("; this run took {} times that", number(reached / bracket))
        }
        _ => String::new(),
    };
    let equal = match times.homogeneous {
        None => "no job came back, or ε is 0".to_owned(),
        Some(bound) => format!(
            "of use: the fastest {} of {} workers{}",
            bound.useful_workers,
            theory.workers,
            against(bound.bracket)
        ),
    };
    let unequal = match times.heterogeneous {
        None => "a worker delivered nothing, or ε is 0".to_owned(),
        Some(bracket) => format!("needs every worker{}", against(bracket)),
    };
    let run = match times.reached {
        Some(_) => format!("of {run} in all"),
        None => format!("not reached in {run}"),
    };
    let equal_data = times.homogeneous.map(|bound| bound.bracket);
    Section {
        headline: format!(
            "Seconds to ‖∇f‖² ≤ {target} ({from}), for the worst f with these constants, up to a \
             constant that is not established"
        ),
        figures: vec![
            figure("this run", times.reached, run),
            mean_times(&times.mean_seconds),
            figure("lower bound, equal data", equal_data, equal),
            figure("lower bound, any data", times.heterogeneous, unequal),
            took("Rennala", times.rennala, "attains the first"),
            took("Malenia", times.malenia, "attains the second"),
        ],
    }
}

fn mean_times(mean_seconds: &[Option<f64>]) -> Figure {
    let known = || mean_seconds.iter().copied().flatten();
    let slowest = known().max_by(f64::total_cmp).map(number);
    let meaning = format!(
        "a gradient of the fastest worker, {} of the slowest; links included",
        number::or_unknown(slowest)
    );
    figure("s_i", known().min_by(f64::total_cmp), meaning)
}

fn took(name: &'static str, took: Option<Took>, what: &str) -> Figure {
    let rounds = match took {
        None => "; no round of it ends, or ε is 0".to_owned(),
        Some(took) => format!("; rounds on the recorded machine: {}", took.rounds),
    };
    let extrapolated = match took {
        Some(took) if took.simulated < took.rounds => {
            format!(", extrapolated from the first {}", took.simulated)
        }
        _ => String::new(),
    };
    figure(
        name,
        took.map(|took| took.seconds),
        format!("{what}{rounds}{extrapolated}"),
    )
}

#[cfg(test)]
mod tests;
