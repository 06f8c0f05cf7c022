//! `asgrad compare`: several methods on the same problem and workers.
//!
//! Each method's step size is tuned in virtual time with the same budget, then each is run on real threads over several
//! seeds for the same wall-clock budget.

use std::ops::Range;
use std::time::Duration;

use asgrad::{Clock, Evaluation, MethodSpec, Scalar, StopReason, Target};

use super::{prescribed, refuse_twice, run_session, tune};
use crate::args::{ClockChoice, CompareArgs, Format, Precision};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{BASELINE, Comparison, Goal, Results, Row, print};
use crate::progress::Progress;
use crate::request::{Loaded, Plan, Request};
use crate::values::{ComputeTimes, StepSizeChoice};

const DEFAULT_SECONDS: Duration = Duration::from_secs(3);
const DEFAULT_REPEAT: u64 = 3;

pub(crate) fn main(args: CompareArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut request = Request::new(args.options)?;
    let methods = prescribed::settled(&request, args.methods)?;
    refuse_twice("--methods", methods.iter().map(MethodSpec::to_string))?;
    let laws = &request.options.workers.compute;
    refuse_twice("--compute", laws.iter().map(ComputeTimes::to_string))?;
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
        Precision::F64 => compare::<f64>(&request, &methods, interrupt),
        Precision::F32 => compare::<f32>(&request, &methods, interrupt),
    }
}

/// What is compared, ready to run.
struct Contest<'a, T: Scalar> {
    request: &'a Request,
    /// Each method with its step size.
    entries: Vec<(&'a MethodSpec, f64)>,
    seeds: Range<u64>,
    /// The problem of the first seed; the others are loaded when their turn comes.
    first: Loaded<T>,
    comparison: Comparison,
    results: &'a mut Results,
    /// The first run that failed.
    failed: Option<Failure>,
}

/// One comparison under each law of compute times.
fn compare<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::new(output.quiet);
    let mut results = Results::new(output.format, output.out.as_deref())?;
    let laws = &request.options.workers.compute;
    let mut failed = None;
    for law in laws {
        let request = request.under(law)?;
        let label = (laws.len() > 1).then(|| law.to_string());
        let contest = Contest::<T>::prepare(&request, methods, &mut results, &progress, interrupt);
        let mut contest = match contest {
            // What there is of the laws before is shown.
            Err(failure) if interrupt.is_interrupted() => {
                failed = Some(failure);
                break;
            }
            contest => contest?,
        };
        contest.results.begin_comparison(label);
        contest.run_all(&progress, interrupt)?;
        let Contest { comparison, .. } = &contest;
        for warning in comparison.warnings() {
            progress.warn(warning);
        }
        if output.format != Format::Json {
            print(&comparison.render(output.format))?;
        }
        failed = failed.or(contest.failed);
        if interrupt.is_interrupted() {
            failed = Some(Failure::interrupted());
            break;
        }
    }
    if let Some(page) = results.write_report()? {
        progress.note(format_args!("report in {}", page.display()));
    }
    failed.map_or(Ok(()), Err)
}

impl<'a, T: Scalar> Contest<'a, T> {
    /// Loads, checks, tunes and sets the target.
    fn prepare(
        request: &'a Request,
        methods: &'a [MethodSpec],
        results: &'a mut Results,
        progress: &Progress,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let output = &request.options.output;
        let seeds = request.seeds(DEFAULT_REPEAT)?;
        let first = request.load::<T>(seeds.start)?;
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
            request.check(&first, &plan)?;
        }
        let step_sizes = step_sizes(request, methods, &first, progress, interrupt)?;
        let goal = goal(request, methods, &step_sizes, &first, interrupt)?;
        let comparison = Comparison::new(request, first.as_deref(), seeds.end - seeds.start, goal);
        let entries = methods.iter().zip(step_sizes).collect();
        Ok(Self {
            request,
            entries,
            seeds,
            first,
            comparison,
            results,
            failed: None,
        })
    }

    fn problem(&self, seed: u64) -> Result<Loaded<T>, Failure> {
        match seed == self.seeds.start {
            true => Ok(self.first.clone()),
            false => self.request.load(seed),
        }
    }

    /// Runs every method with every seed, and writes what there is after each.
    fn run_all(&mut self, progress: &Progress, interrupt: &Interrupt) -> Result<(), Failure> {
        let n_runs = self.entries.len() as u64 * (self.seeds.end - self.seeds.start);
        let mut n_whole = 0;
        let bar = progress.bar(n_runs, "runs");
        let clock = self.request.options.workers.clock.into();
        for &(method, step_size) in &self.entries {
            let mut runs = Vec::new();
            for seed in self.seeds.clone() {
                let problem = self.problem(seed)?;
                let plan = Plan {
                    method,
                    step_size,
                    seed,
                    clock,
                };
                let mut experiment = self.request.prepare(&problem, &plan);
                if let Some(trace) = self.results.trace_of(method, seed)? {
                    experiment = experiment.trace(trace);
                }
                let session = experiment.build()?;
                let view = progress.run(&session, &format!("{method}, seed {seed}"));
                let (summary, failure) = run_session(session, interrupt)?;
                drop(view);
                if interrupt.is_interrupted() && summary.stop_reason == StopReason::Interrupted {
                    self.results.add_cut(&summary)?;
                    break;
                }
                bar.inc(1);
                n_whole += 1;
                let failure = failure.map(|failure| failure.of(method));
                self.failed = self.failed.take().or(failure);
                self.results.add(&summary)?;
                runs.push(summary);
                if interrupt.is_interrupted() {
                    break;
                }
            }
            if !runs.is_empty() {
                let (speeds, target) =
                    (self.request.cluster.speeds(), &self.comparison.goal.target);
                let row = Row::new(method, &runs, speeds, target);
                self.comparison.push(row);
            }
            // Asked once: a Ctrl-C that comes while the files are written cuts the next run, and is told of then.
            let is_over = interrupt.is_interrupted();
            if is_over && n_whole < n_runs {
                self.comparison.interrupted = Some((n_whole, n_runs));
            }
            self.results.write_comparison(&self.comparison)?;
            if is_over {
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
    match request.options.step.step_size {
        Some(StepSizeChoice::Fixed(step_size)) => return Ok(vec![step_size; methods.len()]),
        Some(StepSizeChoice::Theory(assumptions)) => {
            let say = |method| prescribed::prescribe(request, method, &assumptions, progress);
            let step_size = |method| Ok(say(method)?.step_size());
            return methods.iter().map(step_size).collect();
        }
        _ => {}
    }
    let tuned = tune::search(request, methods, problem, progress, interrupt)?;
    let best = methods.iter().zip(&tuned).map(|(method, tuned)| {
        if let Some(warning) = tuned.warning(method) {
            progress.warn(warning);
        }
        tuned.found(method)
    });
    best.collect()
}

/// What is to be reached: what was asked for, or the loss that mini-batch SGD (or else the first method) reaches in half
/// the budget, in virtual time.
fn goal<T: Scalar>(
    request: &Request,
    methods: &[MethodSpec],
    step_sizes: &[f64],
    problem: &Loaded<T>,
    interrupt: &Interrupt,
) -> Result<Goal, Failure> {
    let end = &request.options.end;
    if end.target_gradient_norm.is_some() || end.target_loss.is_some() {
        let (gradient_norm, loss) = (end.target_gradient_norm, end.target_loss);
        let target = Target {
            gradient_norm,
            loss,
        };
        let origin = "as asked".to_owned();
        return Ok(Goal { target, origin });
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
        let target = Target {
            gradient_norm: None,
            loss,
        };
        return Ok(Goal { target, origin });
    }
    debug_assert_eq!(
        request.options.workers.clock,
        ClockChoice::Real,
        "virtual time needs a law"
    );
    let origin = "none".to_owned();
    Ok(Goal {
        target: Target::default(),
        origin,
    })
}
