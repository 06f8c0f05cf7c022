//! `asgrad tune METHOD`: the step size, by virtual time over a grid, in parallel.

use asgrad::compare::{CompareError, Comparison, Tuned};
use asgrad::trace::{DriverSpec, Precision};
use asgrad::{Algorithm, Scalar};
use serde_json::json;

use super::print_config;
use super::watch::Watch;
use crate::args::{Format, NOT_OF_TUNE, TuneArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Table, print};
use crate::progress::Progress;
use crate::request::{Loaded, Request};
use crate::values::StepSizeChoice;

pub(crate) fn main(args: TuneArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let request = Request::new(args.options)?;
    request.refuse_several("tune")?;
    let typed = &request.options.typed;
    if let Some(StepSizeChoice::Fixed(_) | StepSizeChoice::Theory(_)) = typed.step_size {
        let step_size = typed.text("step-size").unwrap_or_default();
        return Err(Failure::request(format!(
            "--step-size {step_size}: tune looks for the step size itself; give auto:a..b, or leave it out"
        )));
    }
    refuse_unused(&request)?;
    if args.printed.is_asked() {
        return print_config::main("tune", &args.printed, &request, ("auto", 1));
    }
    match request.spec().precision {
        Precision::F64 => tune::<f64>(&request, &args.method, interrupt),
        Precision::F32 => tune::<f32>(&request, &args.method, interrupt),
    }
}

/// Options that mean nothing here.
fn refuse_unused(request: &Request) -> Result<(), Failure> {
    let (typed, output) = (&request.options.typed, &request.options.output);
    let is_given = |name: &str| match name {
        "repeat" => output.repeat.is_some(),
        "out" => output.out.is_some(),
        "force" => output.force,
        name => typed.has(name),
    };
    let is_virtual = typed.spec.driver == DriverSpec::Virtual;
    let mut given = NOT_OF_TUNE.iter().filter(|name| is_given(name));
    // That it runs in virtual time may be said.
    let refused = given.find(|name| !(is_virtual && ["driver", "clock"].contains(name)));
    let Some(option) = refused else {
        return Ok(());
    };
    let why = match *option {
        "driver" | "clock" | "emulate" | "server" | "pin" => "tune runs in virtual time",
        _ => "tune compares final losses and prints them",
    };
    let value = typed.text(option).unwrap_or_default();
    let option = format!("--{option} {value}");
    Err(Failure::request(format!(
        "{}: {why}; leave it out",
        option.trim_end()
    )))
}

fn tune<T: Scalar>(
    request: &Request,
    method: &Algorithm,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::of(output);
    let problem = request.load::<T>(request.spec().seed)?;
    let tuned = search(request, method, &problem, &progress, interrupt)?;
    let text = match output.format {
        Format::Json => json_of(method, &tuned),
        format => table_of(&tuned).render(format.into()),
    };
    print(&text)?;
    if interrupt.is_interrupted() {
        let (n_tried, n_all) = (tuned.losses.len(), tuned.grid.step_sizes().len());
        let failure = Failure::interrupted();
        return Err(failure.hint(&format!("{n_tried} of {n_all} step sizes were tried")));
    }
    found(&tuned)?;
    Ok(())
}

/// The best step size, if one can be told from another.
fn found(tuned: &Tuned) -> Result<f64, Failure> {
    if tuned.updates == 0 {
        let method = tuned.method.clone();
        return Err(CompareError::NoUpdate { method }.into());
    }
    Ok(tuned.found()?)
}

fn json_of(method: &Algorithm, tuned: &Tuned) -> String {
    let tried =
        |(step_size, loss): &(f64, Option<f64>)| json!({"step_size": step_size, "loss": loss});
    let grid: Vec<_> = tuned.losses.iter().map(tried).collect();
    let object = json!({"method": method.to_string(), "step_size": tuned.best, "grid": grid});
    format!("{object}\n")
}

fn table_of(tuned: &Tuned) -> Table {
    let mut table = Table::new(&["step size", "loss", ""]);
    for (step_size, loss) in &tuned.losses {
        let loss = loss.map_or("diverged".to_owned(), |loss| format!("{loss:.6}"));
        let is_best = tuned.best == Some(*step_size);
        let mark = if is_best { "best" } else { "" };
        table.push(vec![step_size.to_string(), loss, mark.to_owned()]);
    }
    table
}

/// The best step size for one method, for `--step-size auto`.
pub(crate) fn best<T: Scalar>(
    request: &Request,
    method: &Algorithm,
    problem: &Loaded<T>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<f64, Failure> {
    let tuned = search(request, method, problem, progress, interrupt)?;
    if interrupt.is_interrupted() {
        return Err(Failure::interrupted());
    }
    found(&tuned)
}

/// Tries the whole grid for one method, and warns.
fn search<T: Scalar>(
    request: &Request,
    method: &Algorithm,
    problem: &Loaded<T>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Tuned, Failure> {
    if problem.is_none() {
        return Err(Failure::request(
            "--problem none has no loss to tune a step size by; give --step-size",
        ));
    }
    let base = |seed| Ok(request.experiment(problem, seed));
    let comparison = with_budget(request, Comparison::new(base)).method(method.clone());
    let mut watch = Watch::new(progress, interrupt);
    let mut tuned = comparison.tune_watched(&mut watch)?;
    Ok(tuned.pop().expect("one for each method"))
}

/// The comparison with the budget of each run, the grid and the first seed that were asked for.
pub(super) fn with_budget<'a, T: Scalar>(
    request: &Request,
    mut comparison: Comparison<'a, T>,
) -> Comparison<'a, T> {
    let spec = request.spec();
    comparison = comparison.end(spec.end).seed(spec.seed);
    if let Some(every) = spec.evaluate_every {
        comparison = comparison.evaluate_every(every);
    }
    match request.options.typed.step_size {
        Some(StepSizeChoice::Auto(grid)) => comparison.grid(grid),
        Some(StepSizeChoice::Fixed(step_size)) => comparison.step_size(step_size),
        // Each method has one of its own.
        Some(StepSizeChoice::Theory(_)) | None => comparison,
    }
}
