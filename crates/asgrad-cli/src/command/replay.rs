//! `asgrad replay TRACE`: a recorded run again, on one thread; or what another method would have
//! done on its machine.

use std::path::{Path, PathBuf};

use asgrad::ps_core::math::KERNELS;
use asgrad::replay::{Replayed, WhatIf};
use asgrad::trace::{Ending, Precision};
use asgrad::{Algorithm, Replay, Scalar, Trace, model_file};

use super::{about_model, opened, refuse_overwriting, run_session, what_if};
use crate::args::{Format, ReplayArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{ReplayReport, Target, print};
use crate::progress::Progress;

pub(crate) fn main(args: &ReplayArgs) -> Result<(), Failure> {
    let trace = opened(&args.trace)?;
    let replayed = match trace.header().spec.precision {
        Precision::F32 => replay::<f32>(args, &trace),
        Precision::F64 => replay::<f64>(args, &trace),
    };
    let named = |failure: Failure| {
        if failure.is_request() {
            failure
        } else {
            failure.in_file(trace.path())
        }
    };
    replayed.map_err(named)
}

fn replay<T: Scalar>(args: &ReplayArgs, trace: &Trace) -> Result<(), Failure> {
    if let Some(method) = &args.method {
        return other::<T>(args, trace, method);
    }
    if let Some(out) = &args.out {
        let recorded = || trace.header().spec.text("data").unwrap_or_default();
        let data = args
            .data
            .as_ref()
            .map_or_else(recorded, ToString::to_string);
        refuse_overwriting("--out", out, &[&args.trace, Path::new(&data)])?;
    }
    let out = args.until.map(|version| {
        let by_default = || named_after(&args.trace, version);
        args.out.clone().unwrap_or_else(by_default)
    });
    if let Some(out) = &out {
        Target::Model.check("--out", out, args.force)?;
    }
    let replayed = run_again::<T>(args, trace)?;
    if trace.header().is_of_other_kernels() {
        let recorded = trace.header().kernels;
        Progress::new(args.quiet).warn(format_args!(
            "the trace was recorded with kernels {recorded}, and this program has kernels {KERNELS}, which round otherwise: \
             hashes were not compared, and step sizes to 1e-4"
        ));
    }
    if let Some(Ending::Truncated { last_line }) = replayed.ending {
        Progress::new(args.quiet).warn(format_args!(
            "the trace is not whole: it was replayed up to line {last_line}, its last whole one"
        ));
    }
    if let Some(divergence) = &replayed.divergence {
        if args.format == Format::Json {
            print(&ReplayReport::new(trace, &replayed, args.verify, None).render(args.format))?;
        }
        return Err(Failure::failed(divergence));
    }
    if let Some(path) = &out {
        let about = about_model(
            &replayed.model,
            &trace.header().method(),
            trace.header().spec.seed,
        );
        model_file::write(path, replayed.model.values(), &about).map_err(|error| {
            let failure = Failure::failed(format!("{}: {error}", path.display()));
            match args.out {
                None => failure.hint("--out FILE.npy writes it elsewhere"),
                Some(_) => failure,
            }
        })?;
    }
    let report = ReplayReport::new(trace, &replayed, args.verify, out.as_deref());
    print(&report.render(args.format))
}

fn run_again<T: Scalar>(args: &ReplayArgs, trace: &Trace) -> Result<Replayed<T>, Failure> {
    let replay = Replay::of_known(trace, args.data.clone(), args.verify);
    let mut replay = replay.map_err(Failure::failed)?;
    if let Some(version) = args.until {
        replay = replay.until(version);
    }
    replay.run().map_err(Failure::failed)
}

/// Another method in virtual time, on workers that take the recorded times, for as long as the
/// recorded run.
fn other<T: Scalar>(args: &ReplayArgs, trace: &Trace, method: &Algorithm) -> Result<(), Failure> {
    let what_if = WhatIf::<T>::of(trace, args.data.clone()).map_err(Failure::failed)?;
    what_if::warn_if_cut(&what_if.past, &Progress::new(args.quiet));
    let recorded = trace.header().spec.step_size;
    let experiment = what_if.experiment().method(method.clone());
    let experiment = experiment.step_size(args.step_size.unwrap_or(recorded));
    // Ctrl-C ends the program: nothing would be lost.
    let (summary, failure) = run_session(experiment.build()?, &Interrupt::default(), |_| ())?;
    print(&what_if::beside(&what_if.past, &summary, args.format)?)?;
    failure.map_or(Ok(()), Err)
}

/// `runs/pure.jsonl.gz` at version 7: `pure-v7.npy`, here.
fn named_after(trace: &Path, version: u64) -> PathBuf {
    let name = trace.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().filter(|stem| *stem != "-");
    let stem = stem.unwrap_or("model");
    PathBuf::from(format!("{stem}-v{version}.npy"))
}
