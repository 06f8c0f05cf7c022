//! The table and the sentences.

use std::fmt;

use super::advice::{Advice, Candidate, Ratio, WORTH};
use super::candidates::MINIBATCH;
use crate::compare::shown_interval;
use explain::tables::Table;
use explain::tables::number::{digits, or_unknown, percent, printed};
use trace::Weighing;

/// Factor from which the slowest worker counts as slow.
const SLOW: f64 = 1.2;
/// Factor by which the share of the fastest worker must exceed that of the slowest for the model to
/// be drawn to its data.
const UNFAIR: f64 = 1.5;
/// Share of the gradients from which discarded ones are told of.
const MANY_DISCARDED: f64 = 0.01;

impl Advice {
    /// The candidates, a row each, the best first.
    pub fn table(&self) -> Table {
        let mut table = Table::default();
        let mut column = |header: &str, text: &dyn Fn(&Candidate) -> String| {
            table.push_column(header, self.candidates.iter().map(text));
        };
        let three = |number: Option<f64>| or_unknown(number.map(|it| digits(it, 3)));
        let speed_up = |it: &Candidate| it.row.speed_up.as_ref()?.mean;
        column("method", &|it| it.row.method.clone());
        column("step size", &|it| printed(it.row.step_size));
        column("to target, s", &|it| {
            let time = it.row.time().map(|time| digits(time, 3));
            time.unwrap_or_else(|| "not reached".to_owned())
        });
        column("speed-up", &|it| three(speed_up(it)));
        column("loss", &|it| three(it.mean("loss")));
        column("staleness", &|it| three(it.mean("staleness_mean")));
        table
    }

    /// What is best, why, and whether asynchrony is worth it.
    pub fn sentences(&self) -> Vec<String> {
        let Some(best) = self.best() else {
            return vec!["Nothing can be said: every candidate diverged.".to_owned()];
        };
        vec![self.verdict(best), self.why(best), self.worth()]
    }

    fn verdict(&self, best: &Candidate) -> String {
        let name = with_step(best);
        let Some(time) = best.row.time() else {
            let what = match self.goal.target.is_set() {
                true => format!("No candidate reached {} with every seed", self.goal),
                false => "Mini-batch SGD made no progress, so no target was set".to_owned(),
            };
            let loss = or_unknown(best.mean("loss").map(|loss| digits(loss, 3)));
            return format!("{what}; {name} ended with the lowest loss, {loss}.");
        };
        let ratio = best.row.speed_up.as_ref().filter(|_| !best.row.is_baseline);
        let ratio = ratio.and_then(|it| Some(times_as_fast(it.mean?, it.ci95)));
        let ratio = ratio.map(|ratio| format!(", {ratio} as mini-batch SGD"));
        format!(
            "Best: {name}, which reaches {} after {} s{}.{}",
            self.goal,
            digits(time, 3),
            ratio.unwrap_or_default(),
            self.of_recorded(best)
        )
    }

    /// What the recorded method would have done with its best step size.
    fn of_recorded(&self, best: &Candidate) -> String {
        let recorded = self.candidate(&self.recorded);
        let Some(recorded) = recorded.filter(|it| it.row.method != best.row.method) else {
            return String::new();
        };
        let name = with_step(recorded);
        match recorded.row.time() {
            Some(time) => format!(" The recorded {name} takes {} s.", digits(time, 3)),
            None => format!(" The recorded {name} does not reach it with every seed."),
        }
    }

    fn why(&self, best: &Candidate) -> String {
        let rate = |it: &Candidate, key| or_unknown(it.mean(key).map(|rate| digits(rate, 3)));
        let rates = |it: &Candidate| {
            let [updates, gradients] =
                ["updates_per_second", "gradients_per_second"].map(|key| rate(it, key));
            format!("{updates} updates from {gradients} gradients")
        };
        let slow = digits(self.spread, 3);
        let baseline = self.candidate(MINIBATCH);
        let mut parts = vec![match baseline.filter(|_| !best.row.is_baseline) {
            Some(baseline) if self.spread < SLOW => format!(
                "{} a second, instead of {} with mini-batch SGD, though no worker is much slower than others",
                rates(best),
                rates(baseline)
            ),
            Some(baseline) => format!(
                "{} a second, instead of {} with mini-batch SGD, which waits for the slowest worker ({slow} times as slow as \
                 the fastest)",
                rates(best),
                rates(baseline)
            ),
            None => format!(
                "{} a second; the slowest worker is {slow} times as slow as the fastest",
                rates(best)
            ),
        }];
        let staleness = best.mean("staleness_mean").filter(|mean| *mean > 0.0);
        parts.push(match staleness.zip(best.mean("staleness_p99")) {
            Some((mean, p99)) => format!(
                "the gradients are {} updates stale on average (p99 {})",
                digits(mean, 3),
                digits(p99, 3)
            ),
            None => "no gradient is stale".to_owned(),
        });
        let discarded = best
            .mean("discarded")
            .filter(|share| *share > MANY_DISCARDED);
        parts.extend(discarded.map(|share| format!("{} % of them are discarded", percent(share))));
        parts.extend(shares(best).filter(|_| self.spread >= SLOW));
        format!("Why: {}.", parts.join("; "))
    }

    fn worth(&self) -> String {
        let not = "Asynchrony is not worth it on this machine";
        if self.n_workers == 1 {
            return format!("{not}: with one worker nothing is asynchronous.");
        }
        let is_worth_it = self.is_asynchrony_worth_it();
        let (Some(is_worth_it), Some(best)) = (is_worth_it, self.best_asynchronous()) else {
            return "Whether asynchrony is worth it cannot be said: no asynchronous candidate reached the target with every \
                    seed."
                .to_owned();
        };
        let ratios: Vec<_> = self.ratios().iter().map(ratio).collect();
        let (name, ratios) = (&best.row.method, ratios.join(" and "));
        if is_worth_it {
            format!("Asynchrony is worth it on this machine: {name} is {ratios}.")
        } else {
            format!(
                "{not}: {name}, the best asynchronous candidate, is {ratios}, and {WORTH} \
                 times would be worth it."
            )
        }
    }
}

/// Whose gradients there are, and what the method makes of it.
fn shares(best: &Candidate) -> Option<String> {
    let (slow, fast) = (
        best.mean("share_of_slowest")?,
        best.mean("share_of_fastest")?,
    );
    let weighing = best.algorithm.named()?.what.weighing;
    let (slowest, fastest) = (percent(slow), percent(fast));
    let so_what = match weighing {
        _ if fast < UNFAIR * slow => "",
        Weighing::Gradients => ", so that the model favours the data of the fast",
        _ => ", and the method weighs workers alike",
    };
    Some(format!(
        "the slowest worker makes {slowest} % of them and the fastest {fastest} %{so_what}"
    ))
}

fn with_step(candidate: &Candidate) -> String {
    let step_size = printed(candidate.row.step_size);
    format!("{} with step size {step_size}", candidate.row.method)
}

fn times_as_fast(ratio: f64, ci95: Option<[f64; 2]>) -> String {
    let interval = shown_interval(ci95).map(|[low, high]| format!(" ({low} to {high})"));
    format!(
        "{}{} times as fast",
        digits(ratio, 3),
        interval.unwrap_or_default()
    )
}

fn ratio(ratio: &Ratio) -> String {
    let Ratio {
        over,
        value,
        ci95,
        is_bound,
    } = ratio;
    let fast = times_as_fast(*value, *ci95);
    match is_bound {
        true => {
            format!("at least {fast} as {over}, which did not reach the target with every seed")
        }
        false => format!("{fast} as {over}"),
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, n) = (digits(self.duration.as_secs_f64(), 3), self.n_workers);
        let recorded = &self.recorded;
        writeln!(
            f,
            "machine  {n} workers with the times that were recorded of {recorded}"
        )?;
        let (shown, tried) = (self.candidates.len(), self.n_tried);
        writeln!(
            f,
            "runs     {seconds} s in virtual time; {shown} of {tried} candidates are shown, each with its best step size"
        )?;
        if self.goal.target.is_set() {
            writeln!(f, "target   {} ({})", self.goal, self.goal.origin)?;
        }
        writeln!(f, "\n{}", self.table())?;
        self.sentences()
            .iter()
            .try_for_each(|it| writeln!(f, "{it}"))
    }
}
