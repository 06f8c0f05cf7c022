//! `asgrad tune METHOD`: the step size, by virtual time over a grid, in parallel.

use std::time::Duration;

use asgrad::{Clock, MethodSpec, Scalar, StopReason};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::json;

use super::run_session;
use crate::args::{Format, Precision, TuneArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Table, print};
use crate::progress::Progress;
use crate::request::{Loaded, Plan, Request};
use crate::values::{Grid, StepSizeChoice};

/// What a grid search found.
#[derive(Clone, Debug)]
pub(crate) struct Tuned {
    /// Step sizes and their final losses; `None` if the run diverged.
    pub(crate) losses: Vec<(f64, Option<f64>)>,
    /// The step size of the lowest loss.
    pub(crate) best: Option<f64>,
    grid: Grid,
}

impl Tuned {
    fn new(grid: Grid, losses: Vec<(f64, Option<f64>)>) -> Self {
        let converged = losses
            .iter()
            .filter_map(|(step_size, loss)| Some((*step_size, (*loss)?)));
        // Of equal losses `min_by` takes the first, which is the one of the larger step size.
        let best = converged
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(step_size, _)| step_size);
        Self { losses, best, grid }
    }

    /// The best one.
    pub(crate) fn found(&self, method: &MethodSpec) -> Result<f64, Failure> {
        let grid = self.grid;
        self.best.ok_or_else(|| {
            Failure::failed(format!(
                "{method}: every step size of the grid {grid} diverged; give one with --step-size"
            ))
        })
    }

    /// What may be wrong with the best one.
    pub(crate) fn warning(&self, method: &MethodSpec) -> Option<String> {
        let best = self.best?;
        let edges = [self.losses.first()?.0, self.losses.last()?.0];
        let grid = self.grid;
        edges.contains(&best).then(|| {
            format!("{method}: the best step size {best} lies at the edge of the grid {grid}; a better one may lie outside")
        })
    }
}

pub(crate) fn main(args: TuneArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let request = Request::new(args.options)?;
    request.refuse_several_laws("tune")?;
    let given = request.options.step.step_size;
    if let Some(step_size @ (StepSizeChoice::Fixed(_) | StepSizeChoice::Theory(_))) = given {
        return Err(Failure::request(format!(
            "--step-size {step_size}: tune looks for the step size itself"
        )));
    }
    refuse_unused(&request)?;
    match request.options.problem.precision {
        Precision::F64 => tune::<f64>(&request, &args.method, interrupt),
        Precision::F32 => tune::<f32>(&request, &args.method, interrupt),
    }
}

/// Options that mean nothing here.
fn refuse_unused(request: &Request) -> Result<(), Failure> {
    let (end, output) = (&request.options.end, &request.options.output);
    let given = [
        ("--target-gradient-norm", end.target_gradient_norm.is_some()),
        ("--target-loss", end.target_loss.is_some()),
        ("--repeat", output.repeat.is_some()),
        ("--evaluate-every", output.evaluate_every.is_some()),
        ("--out", output.out.is_some()),
    ];
    match given.iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => Err(Failure::request(format!(
            "{option}: tune compares final losses of one seed and prints them; leave it out"
        ))),
        None => Ok(()),
    }
}

fn tune<T: Scalar>(
    request: &Request,
    method: &MethodSpec,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::new(output.quiet);
    let problem = request.load::<T>(output.seed)?;
    let tuned = search(
        request,
        std::slice::from_ref(method),
        &problem,
        &progress,
        interrupt,
    )?;
    let tuned = &tuned[0];
    if let Some(warning) = tuned.warning(method) {
        progress.warn(warning);
    }
    if output.format == Format::Json {
        let grid: Vec<_> = tuned
            .losses
            .iter()
            .map(|(step_size, loss)| json!({"step_size": step_size, "loss": loss}))
            .collect();
        return print(&format!(
            "{}\n",
            json!({"method": method.to_string(), "step_size": tuned.best, "grid": grid})
        ));
    }
    let mut table = Table::new(&["step size", "loss", ""]);
    for (step_size, loss) in &tuned.losses {
        let loss = loss.map_or("diverged".to_owned(), |loss| format!("{loss:.6}"));
        let mark = if tuned.best == Some(*step_size) {
            "best"
        } else {
            ""
        };
        table.push(vec![step_size.to_string(), loss, mark.to_owned()]);
    }
    print(&table.render(output.format))
}

/// The best step size for one method, for `--step-size auto`.
pub(crate) fn best<T: Scalar>(
    request: &Request,
    method: &MethodSpec,
    problem: &Loaded<T>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<f64, Failure> {
    let tuned = search(
        request,
        std::slice::from_ref(method),
        problem,
        progress,
        interrupt,
    )?;
    if let Some(warning) = tuned[0].warning(method) {
        progress.warn(warning);
    }
    tuned[0].found(method)
}

/// Tries the whole grid for each method: the same budget of virtual time (or updates) for all.
pub(crate) fn search<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    problem: &Loaded<T>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Vec<Tuned>, Failure> {
    if problem.is_none() {
        return Err(Failure::request(
            "--problem none has no loss to tune a step size by; give --step-size",
        ));
    }
    if !request.cluster.emulates_time() {
        let message = "a step size is looked for in virtual time, which --compute none makes stand still; \
                       give --step-size, or a law of compute times";
        return Err(Failure::request(message));
    }
    let chosen = match request.options.step.step_size {
        Some(StepSizeChoice::Auto(grid)) => grid,
        _ => Grid::default(),
    };
    let grid = chosen.step_sizes();
    let tries: Vec<_> = methods
        .iter()
        .flat_map(|method| grid.iter().map(move |&step_size| (method, step_size)))
        .collect();
    let bar = progress.bar(tries.len() as u64, "tuning step sizes in virtual time");
    let losses = tries
        .into_par_iter()
        .map(|(method, step_size)| {
            let plan = Plan {
                method,
                step_size,
                seed: request.options.output.seed,
                clock: Clock::Virtual,
            };
            let loss = final_loss(request, problem, &plan, interrupt)?;
            bar.inc(1);
            Ok((step_size, loss))
        })
        .collect::<Result<Vec<_>, Failure>>();
    bar.finish_and_clear();
    let losses = losses?;
    if interrupt.is_interrupted() {
        return Err(Failure::interrupted());
    }
    Ok(losses
        .chunks(grid.len())
        .map(|losses| Tuned::new(chosen, losses.to_vec()))
        .collect())
}

fn final_loss<T: Scalar>(
    request: &Request,
    problem: &Loaded<T>,
    plan: &Plan<'_>,
    interrupt: &Interrupt,
) -> Result<Option<f64>, Failure> {
    if interrupt.is_interrupted() {
        return Ok(None);
    }
    let experiment = request.experiment(problem, plan).evaluate_every(u64::MAX);
    let experiment = limit(
        experiment,
        request.options.end.updates,
        request.options.end.seconds,
    );
    let (summary, failure) = run_session(experiment.build()?, interrupt)?;
    if let reason @ StopReason::Hung { .. } = &summary.stop_reason {
        // No step size helps a method that waits for a worker that never answers.
        return Err(Failure::failed(format!(
            "{}: {reason}; give --seconds",
            plan.method
        )));
    }
    Ok(summary
        .loss
        .filter(|loss| failure.is_none() && loss.is_finite()))
}

fn limit<T: Scalar>(
    experiment: asgrad::Experiment<T>,
    updates: Option<u64>,
    seconds: Option<Duration>,
) -> asgrad::Experiment<T> {
    let experiment = match updates {
        Some(updates) => experiment.updates(updates),
        None => experiment,
    };
    match seconds {
        Some(seconds) => experiment.seconds(seconds),
        None => experiment,
    }
}
