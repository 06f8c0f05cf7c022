//! The table of a comparison, and the sentence that says what came out.

use std::fmt;
use std::mem::discriminant;

use ps_core::Scalar;
use ps_core::form::count;

use super::quantity::shown_interval;
use super::row::{Block, Column, TIME};
use super::{ComparedRow, Comparison, Goal, Tuned};
use crate::warning::Warning;
use explain::tables::Table;
use explain::tables::number::digits;

/// What came out of a comparison. Shown, it is three tables and a sentence.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Compared {
    /// What was compared on what: names and values.
    pub about: Vec<(String, String)>,
    /// What was to be reached.
    pub goal: Goal,
    /// A row for each method, in the order in which they were named.
    pub rows: Vec<ComparedRow>,
    /// How the step sizes were found, of those that were looked for.
    pub tuned: Vec<Tuned>,
    /// What was wrong with runs that did not end as asked, each with its method.
    pub faults: Vec<String>,
    /// After how many runs of how many it was interrupted.
    pub interrupted: Option<(u64, u64)>,
}

impl Compared {
    pub(super) fn new<T: Scalar>(
        comparison: &Comparison<'_, T>,
        goal: Goal,
        tuned: Vec<Tuned>,
    ) -> Self {
        let mut about = comparison.about.clone();
        about.push(("runs".to_owned(), budget(comparison)));
        if goal.target.is_set() {
            about.push(("target".to_owned(), format!("{goal} ({})", goal.origin)));
        }
        Self {
            about,
            goal,
            rows: Vec::new(),
            tuned,
            faults: Vec::new(),
            interrupted: None,
        }
    }

    /// Sets how many times as fast as mini-batch SGD each method came to the target.
    pub(super) fn compare_speeds(&mut self) {
        let baseline = self.rows.iter().find(|row| row.is_baseline);
        let Some(slow) = baseline.and_then(|row| row.quantity(TIME)).cloned() else {
            return;
        };
        for row in &mut self.rows {
            let speed_up = row.quantity(TIME).map(|times| slow.over(times));
            row.speed_up = speed_up.filter(|_| self.goal.target.is_set());
        }
    }

    /// All columns.
    pub fn table(&self) -> Table {
        self.columns(|_| true)
    }

    fn columns(&self, is_shown: impl Fn(Block) -> bool) -> Table {
        let mut table = Table::default();
        let cells = |text: &dyn Fn(&ComparedRow) -> String| {
            let cells: Vec<_> = self.rows.iter().map(text).collect();
            cells.into_iter()
        };
        table.push_column("method", cells(&|row| row.method.clone()));
        if is_shown(Block::Pace) {
            table.push_column("step size", cells(&|row| shortest(row.step_size)));
        }
        for column in Column::<f64>::ALL.iter().filter(|it| is_shown(it.block)) {
            table.push_column(column.heading, cells(&|row| column.text(row)));
            if column.key == TIME {
                table.push_column("speed-up", cells(&ComparedRow::speed_up_text));
            }
        }
        table
    }

    /// What may be wrong with the runs: an example of each kind, and the methods that it concerns.
    pub fn warnings(&self) -> Vec<(&Warning, Vec<&str>)> {
        let mut kinds: Vec<(&Warning, Vec<&str>)> = Vec::new();
        for row in &self.rows {
            for warning in &row.warnings {
                let is_alike = |known: &Warning| match warning {
                    Warning::Data(_) => known == warning,
                    _ => discriminant(known) == discriminant(warning),
                };
                match kinds.iter_mut().find(|(known, _)| is_alike(known)) {
                    None => kinds.push((warning, vec![&row.method])),
                    Some((_, methods)) if methods.contains(&row.method.as_str()) => {}
                    Some((_, methods)) => methods.push(&row.method),
                }
            }
        }
        kinds
    }

    /// What it means that there are not all runs.
    fn cut(&self) -> Option<String> {
        let (whole, all) = self.interrupted?;
        Some(format!(
            "Interrupted after {whole} of {all} runs: only whole runs are counted, methods may have fewer seeds than others \
             or none, and nobody has won."
        ))
    }

    /// What stands beside the numbers, if there is anything.
    fn legend(&self) -> Option<&'static str> {
        let n_runs = self.rows.iter().map(ComparedRow::n_runs).max()?;
        match n_runs {
            0 | 1 => None,
            2 => Some("± is the standard deviation over the seeds."),
            _ => Some(
                "± is the standard deviation over the seeds. A speed-up is the ratio of the times to the\n\
                 target, seed by seed, with its 95 % confidence interval. That time is the first of the\n\
                 versions 0, 1, 2, …, each at least 1 % later than the one before, at the target.",
            ),
        }
    }

    /// What came out, in one sentence.
    pub fn sentence(&self) -> String {
        if let Some(warning) = self.cut() {
            return warning;
        }
        if !self.goal.target.is_set() {
            return "No target was set, so no method was first.".to_owned();
        }
        let timed = self.rows.iter().filter_map(|row| Some((row, row.time()?)));
        let Some((first, time)) = timed.min_by(|a, b| a.1.total_cmp(&b.1)) else {
            return format!("No method reached {} with every seed.", self.goal);
        };
        let as_fast = |row: &&ComparedRow| row.time() == Some(time);
        let winners: Vec<&ComparedRow> = self.rows.iter().filter(as_fast).collect();
        let names: Vec<_> = winners.iter().map(|row| row.method.as_str()).collect();
        let mut sentence = match names.len() {
            1 => format!("{} was first to reach {}", names[0], self.goal),
            _ => format!(
                "{} reached {} at the same time",
                names.join(", "),
                self.goal
            ),
        };
        sentence += &format!(", after {time:.3} s");
        let speed_up = first.speed_up.as_ref();
        match speed_up.and_then(|it| Some((it.mean?, it.ci95))) {
            _ if time == 0.0 => sentence += ": it was met from the start",
            _ if winners.iter().any(|row| row.is_baseline) => {
                sentence += ": nothing was faster than mini-batch SGD";
            }
            Some((ratio, interval)) => {
                sentence += &format!(": {} times as fast as mini-batch SGD", digits(ratio, 3));
                if let Some([low, high]) = shown_interval(interval) {
                    sentence += &format!(" ({low} to {high})");
                }
            }
            None => {}
        }
        let never = self.rows.iter().filter(|row| row.never_reached());
        let never: Vec<_> = never.map(|row| row.method.as_str()).collect();
        if !never.is_empty() {
            sentence += &format!("; {} did not reach it", never.join(", "));
        }
        sentence + "."
    }
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.about {
            writeln!(f, "{name:<9}{value}")?;
        }
        for block in [Block::Quality, Block::Pace, Block::Staleness] {
            writeln!(
                f,
                "\n{}",
                self.columns(|it| it == block).to_string().trim_end()
            )?;
        }
        if let Some(legend) = self.legend() {
            writeln!(f, "\n{legend}")?;
        }
        writeln!(f, "\n{}", self.sentence())
    }
}

/// How long each run was to be, by which clock, and how many there were.
fn budget<T: Scalar>(comparison: &Comparison<'_, T>) -> String {
    let Comparison {
        end, repeat, clock, ..
    } = comparison;
    let seconds = end
        .time_limit
        .map(|seconds| format!("{:.1} s", seconds.as_secs_f64()));
    let updates = end.updates.map(|updates| count(updates, "update"));
    let gradients = end.gradients.map(|gradients| count(gradients, "gradient"));
    let budget: Vec<_> = [seconds, updates, gradients]
        .into_iter()
        .flatten()
        .collect();
    let budget = match budget[..] {
        [] => "as long as the experiment says".to_owned(),
        _ => budget.join(" or "),
    };
    let plural = if *repeat == 1 { "" } else { "s" };
    format!("{budget} on the {clock} clock, {repeat} seed{plural} a method")
}

/// Three digits, or fewer where these are all.
fn shortest(number: f64) -> String {
    let (all, three) = (number.to_string(), digits(number, 3));
    if all.len() <= three.len() { all } else { three }
}
