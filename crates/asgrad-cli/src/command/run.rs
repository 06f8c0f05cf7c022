//! `asgrad run METHOD`: one run, or one for each of several seeds.

use std::path::{Path, PathBuf};

use asgrad::trace::Precision;
use asgrad::{Algorithm, Scalar, Trace};

use super::{refuse_overwriting, run_session, theory, tune};
use crate::args::{Format, RunArgs, TheoryArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Results, describe_run, describe_theory, print};
use crate::progress::Progress;
use crate::request::Request;
use crate::values::StepSizeChoice;

const DEFAULT_STEP_SIZE: StepSizeChoice = StepSizeChoice::Fixed(0.1);

pub(crate) fn main(args: RunArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let request = Request::new(args.options.clone())?;
    request.refuse_several_laws("run")?;
    theory::refuse_in_run(&args, request.options.output.format)?;
    if let Some(trace) = &args.trace {
        let data = request.spec().text("data").unwrap_or_default();
        refuse_overwriting("--trace", trace, &[Path::new(&data)])?;
    }
    match request.spec().precision {
        Precision::F64 => run::<f64>(&request, &args, interrupt),
        Precision::F32 => run::<f32>(&request, &args, interrupt),
    }
}

fn run<T: Scalar>(request: &Request, args: &RunArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::new(output.quiet);
    let seeds = request.seeds(1)?;
    let several = seeds.end - seeds.start > 1;
    let mut results = Results::new(output.format, output.out.as_deref())?;
    let (algorithm, mut step_size) = settled(request, &args.method, &progress)?;
    for seed in seeds {
        let problem = request.load::<T>(seed)?;
        let prepare = || request.experiment(&problem, seed).method(algorithm.clone());
        prepare().step_size(step_size.unwrap_or_default()).build()?;
        let tuned = algorithm.in_virtual_time();
        let step_size = match step_size {
            Some(step_size) => step_size,
            None => *step_size.insert(tune::best(request, &tuned, &problem, &progress, interrupt)?),
        };
        let mut experiment = prepare().step_size(step_size);
        let path = args.trace.as_deref().map(|path| {
            if several {
                with_seed(path, seed)
            } else {
                path.to_owned()
            }
        });
        if let Some(path) = &path {
            experiment = experiment.trace(path).trace_drops(args.trace_drop);
        }
        let session = experiment.build()?;
        let view = progress.run(&session, &format!("{algorithm}, seed {seed}"));
        let ended = run_session(session, interrupt);
        drop(view);
        let (summary, failure) = ended?;
        results.add(&summary)?;
        print(&describe_run(
            &summary,
            problem.as_deref(),
            output.format,
            seed == request.spec().seed,
        ))?;
        for warning in &summary.warnings {
            progress.warn(warning);
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        if let Some(path) = path.filter(|_| args.theory.theory) {
            say_theory(&path, &args.theory, output.format)?;
        }
        if interrupt.is_interrupted() {
            return Err(Failure::interrupted());
        }
    }
    Ok(())
}

/// The method with its step size, as far as it is known before the runs.
fn settled(
    request: &Request,
    algorithm: &Algorithm,
    progress: &Progress,
) -> Result<(Algorithm, Option<f64>), Failure> {
    match request.options.typed.step_size.unwrap_or(DEFAULT_STEP_SIZE) {
        StepSizeChoice::Fixed(step_size) => Ok((algorithm.clone(), Some(step_size))),
        StepSizeChoice::Auto(_) => Ok((algorithm.clone(), None)),
        StepSizeChoice::Theory(assumptions) => {
            let found = request.prescribe(algorithm, &assumptions)?;
            progress.note(format_args!("theory: {found}"));
            let method = Algorithm::Method(found.method().clone());
            Ok((method, Some(found.step_size())))
        }
    }
}

/// What theory says of the run that has just been recorded.
fn say_theory(path: &Path, asked: &TheoryArgs, format: Format) -> Result<(), Failure> {
    let trace = Trace::open(path).map_err(Failure::failed)?;
    match theory::measure(asked, &trace, None)? {
        Some(theory) => print(&format!("{}\n", describe_theory(&theory, format))),
        None => Ok(()),
    }
}

/// `trace.jsonl` becomes `trace-seed3.jsonl`, so that one run does not overwrite another's.
fn with_seed(path: &Path, seed: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // `.jsonl.gz` is one extension.
    let (stem, extension) = name.split_at(name.find('.').unwrap_or(name.len()));
    path.with_file_name(format!("{stem}-seed{seed}{extension}"))
}
