//! What theory says of a run, for people and for programs.

use std::path::Path;

use asgrad::theory::{Spread, TargetFrom, Term, Theory, Took};

use super::Table;
use crate::args::Format;

/// What cannot be known is a dash.
const UNKNOWN: &str = "–";

/// A figure: its name, its value, what it is.
struct Figure(&'static str, String, String);

/// Figures under a headline.
struct Section {
    headline: String,
    figures: Vec<Figure>,
}

/// What the theory meter found. JSON is one line.
pub(crate) fn describe_theory(theory: &Theory, format: Format) -> String {
    match format {
        Format::Json => {
            let json = serde_json::to_string(theory).expect("numbers, words and lists of them");
            json + "\n"
        }
        Format::Table => text(theory),
        Format::Csv | Format::Markdown => table(theory).render(format),
    }
}

/// As CSV, of one of several traces.
pub(super) fn theory_rows(path: &Path, theory: &Theory, is_first: bool) -> String {
    let mut rows = Table::new(&["trace", "figure", "value", "meaning"]);
    for row in table(theory).rows() {
        let trace = [path.display().to_string()];
        rows.push([&trace[..], row].concat());
    }
    match is_first {
        true => rows.render(Format::Csv),
        false => rows.render_rows(Format::Csv),
    }
}

fn sections(theory: &Theory) -> [Section; 4] {
    [
        measured(theory),
        step_sizes(theory),
        bound(theory),
        times(theory),
    ]
}

fn text(theory: &Theory) -> String {
    let mut text = String::new();
    for Section { headline, figures } in sections(theory) {
        text += &format!("{headline}\n");
        for Figure(name, value, note) in figures {
            let line = format!("  {name:<24}{value:>11}  {note}");
            text += line.trim_end();
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

fn table(theory: &Theory) -> Table {
    let mut table = Table::new(&["figure", "value", "meaning"]);
    for Figure(name, value, note) in sections(theory).into_iter().flat_map(|s| s.figures) {
        table.push(vec![name.to_owned(), value, note]);
    }
    table
}

fn measured(theory: &Theory) -> Section {
    let (first, last) = (theory.versions.first(), theory.versions.last());
    let mut figures = constants(theory);
    figures.extend(order(theory));
    Section {
        headline: format!(
            "Constants of {} on {} workers, estimated at {} versions from {} to {}",
            theory.method,
            theory.workers,
            theory.versions.len(),
            first.copied().unwrap_or_default(),
            last.copied().unwrap_or_default()
        ),
        figures,
    }
}

/// Those of the objective.
fn constants(theory: &Theory) -> Vec<Figure> {
    let (smoothness, draws) = (theory.smoothness, theory.draws);
    let of_one_worker = smoothness
        .of_one_worker
        .map_or_else(String::new, |largest| {
            format!("; of one worker's f_i {}", number(largest))
        });
    let averaged = match theory.worker_gradients_are_exact {
        true => "",
        false => "; up to σ²/draws too large: the ∇f_i are means of draws",
    };
    let smoothness = format!(
        "smoothness, the largest seen: {} between versions, {} by Lanczos' method{of_one_worker}",
        number(smoothness.along_path),
        number(smoothness.curvature)
    );
    let noise = format!(
        "noise of a gradient, {draws} draws each: {}",
        spread(&theory.noise)
    );
    let heterogeneity = format!(
        "data heterogeneity: {}{averaged}",
        spread(&theory.heterogeneity)
    );
    vec![
        Figure("L", number(theory.smoothness.largest), smoothness),
        Figure("σ²", number(theory.noise.mean), noise),
        Figure("ζ²", number(theory.heterogeneity.mean), heterogeneity),
    ]
}

fn spread(spread: &Spread) -> String {
    let ranked = (0u32..).zip(&spread.per_worker);
    let most = ranked.max_by(|(_, a), (_, b)| a.total_cmp(b));
    let worker = match most {
        Some((worker, mean)) if *mean > spread.mean => {
            format!(" (worker {worker} most: {})", number(*mean))
        }
        _ => String::new(),
    };
    let largest = number(spread.largest);
    format!("mean{worker}; at one version up to {largest}")
}

/// Those of the recorded order.
fn order(theory: &Theory) -> Vec<Figure> {
    let sequence = theory.sequence_correlation;
    let correlation = format!(
        "sequence correlation over {} blocks of P = {} assigned jobs",
        sequence.blocks, sequence.period
    );
    let variance = format!(
        "delay variance, the largest; its mean is {}",
        number(theory.delay_variance.mean)
    );
    vec![
        Figure("σ²_{k,P}", number(sequence.value), correlation),
        Figure("ν²", number(theory.delay_variance.largest), variance),
        Figure(
            "τ_max",
            theory.ages.oldest.to_string(),
            "the papers' longest delay, in gradients, also of jobs still out at the end".to_owned(),
        ),
        Figure(
            "τ_C",
            theory.ages.concurrency.to_string(),
            "the most jobs out at once".to_owned(),
        ),
    ]
}

fn step_sizes(theory: &Theory) -> Section {
    let sizes = theory.step_sizes;
    let ratio = sizes.ratio.map_or_else(String::new, |ratio| {
        format!("{} times what theory allows", number(ratio))
    });
    Section {
        headline: "Step size for one gradient: what theory allows, up to a constant that is not established"
            .to_owned(),
        figures: vec![
            Figure("γ used", number(sizes.used), ratio),
            Figure(
                "1/L",
                optional(sizes.by_smoothness),
                "limit by curvature".to_owned(),
            ),
            Figure(
                "1/(L·√(τ_max·τ_C))",
                optional(sizes.by_age),
                match sizes.by_age {
                    Some(_) => "limit by the ages of jobs".to_owned(),
                    None => "no limit by the ages of jobs: all were 0".to_owned(),
                },
            ),
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
    let figure = |name, term, value, note: &str| {
        let (mark, advice) = match term == bound.dominant {
            true => ("  ← dominates: ", advice(term)),
            false => ("", ""),
        };
        Figure(name, number(value), format!("{note}{mark}{advice}"))
    };
    let descent = format!(
        "from the start, F0 = {} down to the lowest loss seen, T = {} gradients",
        number(bound.descent_to_lowest_seen),
        bound.gradients
    );
    Section {
        headline: headline.to_owned(),
        figures: vec![
            figure("F0/(γT)", Term::Descent, bound.descent, &descent),
            figure("L·γ·σ²", Term::Noise, bound.noise, "noise"),
            figure(
                "L²γ²·σ²_{k,P}",
                Term::Sequence,
                bound.sequence,
                "order of the assigned workers",
            ),
            figure(
                "L²γ²·ν²",
                Term::JobsOut,
                bound.jobs_out,
                "jobs that are out",
            ),
            Figure(
                "measured mean ‖∇f‖²",
                number(bound.measured),
                "over the evaluated versions".to_owned(),
            ),
        ],
    }
}

fn advice(term: Term) -> &'static str {
    match term {
        Term::Descent => "more gradients help, or a larger step",
        Term::Noise => "a smaller step helps, or larger batches",
        Term::Sequence => "an assignment that is more even helps",
        Term::JobsOut => "fewer jobs out help, or a smaller step",
        _ => "",
    }
}

fn times(theory: &Theory) -> Section {
    let times = &theory.times;
    let from = match times.target_from {
        TargetFrom::Asked => "as asked",
        _ => "the smallest of the run",
    };
    let against = |bracket: Option<f64>| match (times.reached, bracket) {
        (Some(reached), Some(bracket)) if bracket > 0.0 => {
            format!("; this run took {} times that", number(reached / bracket))
        }
        _ => String::new(),
    };
    let run = match times.reached {
        Some(_) => format!("of {} in all", number(times.run)),
        None => format!("not reached in {}", number(times.run)),
    };
    let equal = times.homogeneous.map(|bound| bound.bracket);
    let useful = times.homogeneous.map_or(0, |bound| bound.useful_workers);
    let equal_note = match equal {
        None => "no job came back, or ε is 0".to_owned(),
        _ => format!(
            "of use: the fastest {useful} of {} workers{}",
            theory.workers,
            against(equal)
        ),
    };
    let unequal_note = match times.heterogeneous {
        None => "a worker delivered nothing, or ε is 0".to_owned(),
        unequal => format!("needs every worker{}", against(unequal)),
    };
    Section {
        headline: format!(
            "Seconds to ‖∇f‖² ≤ {} ({from}), for the worst f with these constants, up to a constant that is not established",
            number(times.target)
        ),
        figures: vec![
            Figure("this run", optional(times.reached), run),
            speeds(&times.mean_seconds),
            Figure("lower bound, equal data", optional(equal), equal_note),
            Figure(
                "lower bound, any data",
                optional(times.heterogeneous),
                unequal_note,
            ),
            took("Rennala", times.rennala, "attains the first"),
            took("Malenia", times.malenia, "attains the second"),
        ],
    }
}

fn speeds(mean_seconds: &[Option<f64>]) -> Figure {
    let known = || mean_seconds.iter().copied().flatten();
    let fastest = known().min_by(f64::total_cmp);
    let slowest = known().max_by(f64::total_cmp);
    let note = format!(
        "a gradient of the fastest worker, {} of the slowest; links included",
        optional(slowest)
    );
    Figure("s_i", optional(fastest), note)
}

fn took(name: &'static str, took: Option<Took>, what: &str) -> Figure {
    let note = match took {
        None => format!("{what}; no round of it ends, or ε is 0"),
        Some(took) => {
            let extrapolated = match took.simulated < took.rounds {
                true => format!(", extrapolated from the first {}", took.simulated),
                false => String::new(),
            };
            let rounds = took.rounds;
            format!("{what}; rounds on the recorded machine: {rounds}{extrapolated}")
        }
    };
    Figure(name, optional(took.map(|took| took.seconds)), note)
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), number)
}

/// Three significant digits: none of these figures is known better.
fn number(value: f64) -> String {
    // As it will be rounded: 0.9996 is 1.00.
    let rounded = format!("{value:.2e}");
    let size = rounded.parse().map_or(value, f64::abs);
    match size {
        _ if !value.is_finite() => UNKNOWN.to_owned(),
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => rounded,
        size if size < 0.01 => format!("{value:.5}"),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests;
