//! `asgrad run METHOD`: one run, or one for each of several seeds.

use std::path::{Path, PathBuf};

use asgrad::{MethodSpec, Scalar};

use super::{run_session, tune};
use crate::args::{Precision, RunArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Results, describe_run, print};
use crate::progress::Progress;
use crate::request::{Plan, Request};
use crate::values::StepSizeChoice;

const DEFAULT_STEP_SIZE: StepSizeChoice = StepSizeChoice::Fixed(0.1);

pub(crate) fn main(args: RunArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let RunArgs {
        method,
        trace,
        trace_drop,
        options,
    } = args;
    let request = Request::new(options)?;
    request.refuse_several_laws("run")?;
    let trace = trace.as_deref().map(|path| (path, trace_drop));
    match request.options.problem.precision {
        Precision::F64 => run::<f64>(&request, &method, trace, interrupt),
        Precision::F32 => run::<f32>(&request, &method, trace, interrupt),
    }
}

fn run<T: Scalar>(
    request: &Request,
    method: &MethodSpec,
    trace: Option<(&Path, bool)>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::new(output.quiet);
    let seeds = request.seeds(1)?;
    let several = seeds.end - seeds.start > 1;
    let mut results = Results::new(output.format, output.out.as_deref())?;
    let mut step_size = match request.options.step.step_size.unwrap_or(DEFAULT_STEP_SIZE) {
        StepSizeChoice::Fixed(step_size) => Some(step_size),
        StepSizeChoice::Auto(_) => None,
    };
    for seed in seeds {
        let problem = request.load::<T>(seed)?;
        let clock = request.options.workers.clock.into();
        let plan = Plan {
            method,
            step_size: step_size.unwrap_or_default(),
            seed,
            clock,
        };
        request.check(&problem, &plan)?;
        let step_size = match step_size {
            Some(step_size) => step_size,
            None => *step_size.insert(tune::best(request, method, &problem, &progress, interrupt)?),
        };
        let mut experiment =
            request.with_end(request.experiment(&problem, &Plan { step_size, ..plan }));
        if let Some((path, drops)) = trace {
            let path = match several {
                true => with_seed(path, seed),
                false => path.to_owned(),
            };
            experiment = experiment.trace(path).trace_drops(drops);
        }
        let session = experiment.build()?;
        let view = progress.run(&session, &format!("{method}, seed {seed}"));
        let ended = run_session(session, interrupt);
        drop(view);
        let (summary, failure) = ended?;
        results.add(&summary)?;
        print(&describe_run(
            &summary,
            problem.as_deref(),
            output.format,
            seed == output.seed,
        ))?;
        for warning in &summary.warnings {
            progress.warn(warning);
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        if interrupt.is_interrupted() {
            return Err(Failure::interrupted());
        }
    }
    Ok(())
}

/// `trace.jsonl` becomes `trace-seed3.jsonl`, so that one run does not overwrite another's.
fn with_seed(path: &Path, seed: u64) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // `.jsonl.zst` is one extension.
    let (stem, extension) = name.split_at(name.find('.').unwrap_or(name.len()));
    path.with_file_name(format!("{stem}-seed{seed}{extension}"))
}
