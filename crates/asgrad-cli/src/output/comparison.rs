//! The table of a comparison, and the sentence that says what came out.

use std::fmt;
use std::mem::discriminant;

use asgrad::problems::Problem;
use asgrad::{MethodSpec, Scalar, Summary, Target, Warning};

use super::Table;
use super::figure::figure;
use super::spread::Spread;
use crate::args::Format;
use crate::request::Request;

/// The method that speed-ups are over.
pub(crate) const BASELINE: &str = "minibatch";

/// What is to be reached, and where that comes from.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) target: Target,
    pub(crate) origin: String,
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target {
            gradient_norm,
            loss,
        } = self.target;
        let norm = gradient_norm.map(|norm| format!("gradient norm ≤ {}", figure(norm, 4)));
        let loss = loss.map(|loss| format!("loss ≤ {}", figure(loss, 4)));
        let parts: Vec<_> = norm.into_iter().chain(loss).collect();
        f.write_str(&parts.join(" or "))
    }
}

/// One method over all its seeds.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: &'static str,
    method: String,
    step_size: f64,
    n_runs: usize,
    /// Seconds to the target, of the runs that reached it.
    times: Vec<f64>,
    updates: Option<Spread>,
    gradients_per_second: Option<Spread>,
    staleness: Option<Spread>,
    p99: Option<Spread>,
    max: u64,
    slowest: Option<Spread>,
    fastest: Option<Spread>,
    loss: Option<Spread>,
    gradient_norm: Option<Spread>,
    accuracy: Option<Spread>,
    /// How the runs ended that failed.
    failures: Vec<&'static str>,
    warnings: Vec<Warning>,
}

impl Row {
    pub(crate) fn new<T: Scalar>(
        method: &MethodSpec,
        runs: &[Summary<T>],
        speeds: &[f64],
        target: &Target,
    ) -> Self {
        let extreme = |slowest: bool| {
            let order = |a: &&f64, b: &&f64| {
                if slowest {
                    a.total_cmp(b)
                } else {
                    b.total_cmp(a)
                }
            };
            let time = speeds.iter().max_by(order);
            time.and_then(|time| speeds.iter().position(|speed| speed == time))
                .unwrap_or(0)
        };
        let share = |run: &Summary<T>, worker: usize| {
            100.0 * run.gradients_per_worker[worker] as f64 / run.gradients.max(1) as f64
        };
        let (slowest, fastest) = (extreme(true), extreme(false));
        let reached = |run: &Summary<T>| {
            run.evaluations
                .iter()
                .find(|e| target.reached(e).is_some())
                .map(|e| e.time.as_secs_f64())
        };
        let failed = runs.iter().filter(|run| run.stop_reason.is_failure());
        Self {
            name: method.name(),
            method: method.to_string(),
            step_size: runs.first().map_or(0.0, |run| run.step_size),
            n_runs: runs.len(),
            times: runs.iter().filter_map(reached).collect(),
            updates: Spread::of(runs.iter().map(|run| run.updates as f64)),
            gradients_per_second: Spread::of(
                runs.iter()
                    .filter(|run| run.seconds > 0.0)
                    .map(|run| run.gradients as f64 / run.seconds),
            ),
            staleness: Spread::of(runs.iter().filter_map(|run| run.staleness.mean)),
            p99: Spread::of(runs.iter().map(|run| run.staleness.p99 as f64)),
            max: runs.iter().map(|run| run.staleness.max).max().unwrap_or(0),
            slowest: Spread::of(runs.iter().map(|run| share(run, slowest))),
            fastest: Spread::of(runs.iter().map(|run| share(run, fastest))),
            loss: Spread::of(runs.iter().filter_map(|run| run.loss)),
            gradient_norm: Spread::of(runs.iter().filter_map(|run| run.gradient_norm)),
            accuracy: Spread::of(
                runs.iter()
                    .filter_map(|run| run.accuracy)
                    .map(|share| 100.0 * share),
            ),
            failures: failed.map(|run| run.stop_reason.word()).collect(),
            warnings: runs.iter().flat_map(|run| run.warnings.clone()).collect(),
        }
    }

    /// The mean time to the target, if every run reached it.
    fn time(&self) -> Option<f64> {
        let all = self.times.len() == self.n_runs;
        Spread::of(self.times.iter().copied())
            .filter(|_| all)
            .map(|spread| spread.mean)
    }

    fn show_time(&self) -> String {
        let time = Spread::show(Spread::of(self.times.iter().copied()), 3);
        match (self.failures.first(), self.times.len()) {
            (Some(word), _) => (*word).to_owned(),
            (None, 0) => "not reached".to_owned(),
            (None, reached) if reached < self.n_runs => {
                format!("{time} ({reached} of {})", self.n_runs)
            }
            _ => time,
        }
    }
}

/// All methods so far.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    /// What was compared on what: names and values.
    about: Vec<(String, String)>,
    pub(crate) goal: Goal,
    rows: Vec<Row>,
    /// After how many runs of how many Ctrl-C came.
    pub(crate) interrupted: Option<(u64, u64)>,
}

impl Comparison {
    pub(crate) fn new<T: Scalar>(
        request: &Request,
        problem: Option<&Problem<T>>,
        n_seeds: u64,
        goal: Goal,
    ) -> Self {
        let (workers, end) = (&request.options.workers, &request.options.end);
        let mut about = Vec::new();
        let mut line = |name: &str, value: String| about.push((name.to_owned(), value));
        if let Some(problem) = problem {
            line("problem", problem.description.clone());
        }
        let (n, cluster) = (request.n_workers(), request.cluster.describe());
        let speeds = request.speeds();
        let speeds = speeds.map_or_else(String::new, |speeds| format!(", speeds {speeds}"));
        line("workers", format!("{n}{speeds}; {cluster}"));
        let seconds = end
            .seconds
            .map(|seconds| format!("{:.1} s", seconds.as_secs_f64()));
        let updates = end.updates.map(|updates| format!("{updates} updates"));
        let budget: Vec<_> = seconds.into_iter().chain(updates).collect();
        let clock = format!("{:?}", workers.clock).to_lowercase();
        line(
            "runs",
            format!(
                "{} on the {clock} clock, {n_seeds} seed{} a method",
                budget.join(" or "),
                if n_seeds == 1 { "" } else { "s" }
            ),
        );
        if goal.target.is_set() {
            line("target", format!("{goal} ({})", goal.origin));
        }
        Self {
            about,
            goal,
            rows: Vec::new(),
            interrupted: None,
        }
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// What may be wrong, each kind of thing once, with the methods that it concerns.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut kinds: Vec<(&Warning, Vec<&str>)> = Vec::new();
        for row in &self.rows {
            for warning in &row.warnings {
                match kinds
                    .iter_mut()
                    .find(|(known, _)| discriminant(*known) == discriminant(warning))
                {
                    None => kinds.push((warning, vec![&row.method])),
                    Some((_, methods)) if methods.contains(&row.method.as_str()) => {}
                    Some((_, methods)) => methods.push(&row.method),
                }
            }
        }
        let all = self.rows.len();
        let say = |(warning, methods): (&Warning, Vec<&str>)| match methods.len() {
            n if n == all => warning.to_string(),
            _ => format!("{}: for example, {warning}", methods.join(", ")),
        };
        kinds.into_iter().map(say).collect()
    }

    /// All columns.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(&[
            "method",
            "step size",
            "time to target, s",
            "speed-up",
            "loss",
            "gradient norm",
            "accuracy, %",
            "updates",
            "gradients/s",
            "staleness mean",
            "p99",
            "max",
            "slowest worker, %",
            "fastest, %",
        ]);
        for row in &self.rows {
            table.push(vec![
                row.method.clone(),
                row.step_size.to_string(),
                row.show_time(),
                self.speed_up(row)
                    .map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
                Spread::figure(row.loss, 4),
                Spread::figure(row.gradient_norm, 4),
                Spread::show(row.accuracy, 1),
                Spread::show(row.updates, 0),
                Spread::show(row.gradients_per_second, 0),
                Spread::show(row.staleness, 2),
                Spread::show(
                    row.p99.map(|p99| Spread {
                        deviation: None,
                        ..p99
                    }),
                    0,
                ),
                row.max.to_string(),
                Spread::show(
                    row.slowest.map(|share| Spread {
                        deviation: None,
                        ..share
                    }),
                    1,
                ),
                Spread::show(
                    row.fastest.map(|share| Spread {
                        deviation: None,
                        ..share
                    }),
                    1,
                ),
            ]);
        }
        table
    }

    /// For people two narrow tables, otherwise one wide one; and the sentence.
    pub(crate) fn render(&self, format: Format) -> String {
        let table = self.table();
        if format != Format::Table {
            return table.render(format);
        }
        let first = [
            "method",
            "step size",
            "time to target, s",
            "speed-up",
            "loss",
            "gradient norm",
            "accuracy, %",
        ];
        let second = [
            "method",
            "updates",
            "gradients/s",
            "staleness mean",
            "p99",
            "max",
            "slowest worker, %",
            "fastest, %",
        ];
        let (first, second) = (
            table.columns(&first).render(format),
            table.columns(&second).render(format),
        );
        let line = |(name, value): &(String, String)| format!("{name:<9}{value}\n");
        let about: String = self.about.iter().map(line).collect();
        format!("{about}\n{first}\n{second}\n{}\n", self.sentence())
    }

    /// For a report: all but its title and traces.
    pub(crate) fn for_report(&self) -> report::Comparison {
        let table = self.table();
        report::Comparison {
            about: self.about.clone(),
            headers: table.headers().to_vec(),
            rows: table.rows().to_vec(),
            sentence: match self.interrupted {
                Some(_) => String::new(),
                None => self.sentence(),
            },
            warning: self.cut().unwrap_or_default(),
            ..report::Comparison::default()
        }
    }

    fn baseline_time(&self) -> Option<f64> {
        self.rows
            .iter()
            .find(|row| row.name == BASELINE)
            .and_then(Row::time)
    }

    fn speed_up(&self, row: &Row) -> Option<f64> {
        Some(self.baseline_time()? / row.time()?)
    }

    /// What it means that there are not all runs.
    fn cut(&self) -> Option<String> {
        let (whole, all) = self.interrupted?;
        Some(format!(
            "Interrupted after {whole} of {all} runs: only whole runs are counted, methods may have fewer seeds than others \
             or none, and nobody has won."
        ))
    }

    /// What came out, in one sentence.
    fn sentence(&self) -> String {
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
        let mut sentence = format!(
            "{} was first to reach {}, after {time:.3} s",
            first.method, self.goal
        );
        match self.speed_up(first) {
            _ if first.name == BASELINE => sentence += ": nothing was faster than mini-batch SGD",
            Some(ratio) => sentence += &format!(": {ratio:.2} times as fast as mini-batch SGD"),
            None => {}
        }
        let never: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.times.is_empty())
            .map(|row| row.method.as_str())
            .collect();
        match never[..] {
            [] => {}
            [one] => sentence += &format!("; {one} did not reach it"),
            _ => sentence += &format!("; {} did not reach it", never.join(", ")),
        }
        sentence + "."
    }
}
