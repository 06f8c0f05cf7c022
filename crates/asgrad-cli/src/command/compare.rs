//! `asgrad compare`: several methods on the same problem and workers.
//!
//! Each method's step size is tuned in virtual time with the same budget, then each is run on real threads over several
//! seeds for the same wall-clock budget.

use std::time::Duration;

use asgrad::{Clock, Evaluation, MethodSpec, Scalar};

use super::{run_session, tune};
use crate::args::{ClockChoice, CompareArgs, Format, Precision};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Comparison, Results, Row, Target, print};
use crate::progress::Progress;
use crate::request::{Loaded, Plan, Request};
use crate::values::StepSizeChoice;

const DEFAULT_SECONDS: Duration = Duration::from_secs(3);
const DEFAULT_REPEAT: u64 = 3;

/// The method that speed-ups are over.
const BASELINE: &str = "minibatch";

pub(crate) fn main(args: CompareArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut request = Request::new(args.options)?;
    let end = &mut request.options.end;
    let has_target = end.target_gradient_norm.is_some() || end.target_loss.is_some();
    if end.updates.is_none() && end.seconds.is_none() {
        // A target alone might never be reached.
        end.seconds = Some(if has_target {
            DEFAULT_SECONDS * 10
        } else {
            DEFAULT_SECONDS
        });
    }
    match request.options.problem.precision {
        Precision::F64 => compare::<f64>(&request, &args.methods, interrupt),
        Precision::F32 => compare::<f32>(&request, &args.methods, interrupt),
    }
}

/// What is compared, ready to run.
struct Contest<'a, T: Scalar> {
    request: &'a Request,
    /// Each method with its step size.
    entries: Vec<(&'a MethodSpec, f64)>,
    /// Each seed with its problem.
    problems: Vec<(u64, Loaded<T>)>,
    comparison: Comparison,
    results: Results,
    /// The first run that failed.
    failed: Option<Failure>,
}

fn compare<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::new(output.quiet);
    let mut contest = Contest::<T>::prepare(request, methods, &progress, interrupt)?;
    contest.run_all(&progress, interrupt)?;
    for warning in contest.comparison.warnings() {
        progress.warn(warning);
    }
    if output.format != Format::Json {
        print(&contest.comparison.render(output.format, BASELINE))?;
    }
    match contest.failed {
        _ if interrupt.is_interrupted() => Err(Failure::interrupted()),
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

impl<'a, T: Scalar> Contest<'a, T> {
    /// Loads, checks, tunes and sets the target.
    fn prepare(
        request: &'a Request,
        methods: &'a [MethodSpec],
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let output = &request.options.output;
        let seeds = request.seeds(DEFAULT_REPEAT)?;
        let problems = seeds.map(|seed| Ok((seed, request.load::<T>(seed)?)));
        let problems = problems.collect::<Result<Vec<_>, Failure>>()?;
        let first = &problems[0].1;
        if first.is_none() {
            let message = "--problem none has no loss to compare by; use `asgrad run`";
            return Err(Failure::request(message));
        }
        for method in methods {
            let clock = request.options.workers.clock.into();
            let plan = Plan {
                method,
                step_size: 0.0,
                seed: output.seed,
                clock,
            };
            request.check(first, &plan)?;
        }
        let step_sizes = step_sizes(request, methods, first, progress, interrupt)?;
        let target = target(request, methods, &step_sizes, first, interrupt)?;
        let comparison = Comparison::new(request, first.as_deref(), problems.len(), target);
        let results = Results::new(output.format, output.out.as_deref())?;
        let entries = methods.iter().zip(step_sizes).collect();
        Ok(Self {
            request,
            entries,
            problems,
            comparison,
            results,
            failed: None,
        })
    }

    /// Runs every method with every seed, and writes what there is after each.
    fn run_all(&mut self, progress: &Progress, interrupt: &Interrupt) -> Result<(), Failure> {
        let bar = progress.bar((self.entries.len() * self.problems.len()) as u64, "");
        let clock = self.request.options.workers.clock.into();
        for &(method, step_size) in &self.entries {
            let mut runs = Vec::new();
            for (seed, problem) in &self.problems {
                bar.set_message(format!("{method}, seed {seed}"));
                let plan = Plan {
                    method,
                    step_size,
                    seed: *seed,
                    clock,
                };
                let session = self.request.check(problem, &plan)?;
                let (summary, failure) = run_session(session, interrupt)?;
                bar.inc(1);
                let failure = failure.map(|failure| failure.of(method));
                self.failed = self.failed.take().or(failure);
                self.results.add(&summary)?;
                runs.push(summary);
                if interrupt.is_interrupted() {
                    break;
                }
            }
            let speeds = self.request.cluster.speeds();
            self.comparison
                .push(Row::new(method, &runs, speeds, &self.comparison.target));
            self.results.write_table(&self.comparison.table())?;
            if interrupt.is_interrupted() {
                break;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// The step size of each method: the one that was given, or the best of the grid.
fn step_sizes<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    problem: &Loaded<T>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Result<Vec<f64>, Failure> {
    if let Some(StepSizeChoice::Fixed(step_size)) = request.options.step.step_size {
        return Ok(vec![step_size; methods.len()]);
    }
    let tuned = tune::search(request, methods, problem, progress, interrupt)?;
    let best = methods.iter().zip(&tuned).map(|(method, tuned)| {
        if let Some(warning) = tuned.warning(method) {
            progress.warn(warning);
        }
        tuned.best.ok_or_else(|| tune::nothing_converges(method))
    });
    best.collect()
}

/// What is to be reached: what was asked for, or the loss that mini-batch SGD (or else the first method) reaches in half
/// the budget, in virtual time.
fn target<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    step_sizes: &[f64],
    problem: &Loaded<T>,
    interrupt: &Interrupt,
) -> Result<Target, Failure> {
    let end = &request.options.end;
    if end.target_gradient_norm.is_some() || end.target_loss.is_some() {
        let (gradient_norm, loss) = (end.target_gradient_norm, end.target_loss);
        return Ok(Target {
            gradient_norm,
            loss,
            origin: "as asked".to_owned(),
        });
    }
    let position = methods
        .iter()
        .position(|method| method.name() == BASELINE)
        .unwrap_or(0);
    let (method, step_size) = (&methods[position], step_sizes[position]);
    let plan = Plan {
        method,
        step_size,
        seed: request.options.output.seed,
        clock: Clock::Virtual,
    };
    if request.cluster.emulates_time() {
        let (summary, _) = run_session(request.check(problem, &plan)?, interrupt)?;
        let half = summary.seconds / 2.0;
        let halfway = |e: &&Evaluation| e.time.as_secs_f64() >= half;
        let loss = summary.evaluations.iter().find(halfway).map(|e| e.loss);
        let origin = format!("what {method} reaches in half the budget, in virtual time");
        return Ok(Target {
            gradient_norm: None,
            loss,
            origin,
        });
    }
    debug_assert_eq!(
        request.options.workers.clock,
        ClockChoice::Real,
        "virtual time needs a law"
    );
    Ok(Target {
        gradient_norm: None,
        loss: None,
        origin: "none".to_owned(),
    })
}
