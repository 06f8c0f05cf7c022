//! `asgrad run METHOD`: one run, or one for each of several seeds.

use std::path::{Path, PathBuf};

use asgrad::trace::{self, Evaluation, Precision};
use asgrad::{Algorithm, RunSpec, Scalar, Snapshot, Summary, Trace, model_file};

use super::{about_model, forecast, print_config, refuse_overwriting, run_session, theory, tune};
use crate::args::{Format, OF_FILES, RunArgs, TheoryArgs};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{
    EarlierRun, Results, Target, describe_run, describe_theory, print, print_aside, with_seed,
};
use crate::progress::Progress;
use crate::request::{Loaded, Request};
use crate::values::StepSizeChoice;

const DEFAULT_STEP_SIZE: StepSizeChoice = StepSizeChoice::Fixed(0.1);

pub(crate) fn main(args: RunArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut options = args.options.clone();
    options.typed.step_size.get_or_insert(DEFAULT_STEP_SIZE);
    let request = Request::new(options)?;
    request.refuse_several("run")?;
    theory::refuse_in_run(&args, request.options.output.format)?;
    if args.printed.is_asked() {
        let step_size = DEFAULT_STEP_SIZE.to_string();
        return print_config::main("run", &args.printed, &request, (&step_size, 1));
    }
    let files = Files::new(&request, &args)?;
    match request.spec().precision {
        Precision::F64 => run::<f64>(&request, &args, &files, interrupt),
        Precision::F32 => run::<f32>(&request, &args, &files, interrupt),
    }
}

/// What runs write, each of several seeds by a name of its own.
struct Files<'a> {
    args: &'a RunArgs,
    several: bool,
}

impl<'a> Files<'a> {
    /// Refuses what cannot or may not be written, before anything is run.
    fn new(request: &Request, args: &'a RunArgs) -> Result<Self, Failure> {
        let seeds = request.seeds(1)?;
        let several = seeds.end - seeds.start > 1;
        let files = Self { args, several };
        if is_standard_output(args.trace.as_deref()) {
            if several {
                let n_seeds = seeds.end - seeds.start;
                return Err(Failure::request(format!(
                    "--trace -: standard output takes one trace, and there are {n_seeds} seeds; name a file, or leave out --repeat"
                )));
            }
            print_aside();
        }
        let (spec, force) = (request.spec(), request.options.output.force);
        if let (Some(model), true) = (&args.save_model, spec.is_schedule) {
            let model = model.display();
            return Err(Failure::request(format!(
                "--save-model {model}: --problem none has no model; leave it out"
            )));
        }
        let read = OF_FILES.map(|name| PathBuf::from(spec.text(name).unwrap_or_default()));
        let config = request.options.config.iter().map(PathBuf::as_path);
        let read: Vec<_> = read.iter().map(PathBuf::as_path).chain(config).collect();
        if args.trace.is_some() && args.trace == args.save_model {
            let message =
                "--trace and --save-model name the same file; name another for one of them";
            return Err(Failure::request(message));
        }
        for seed in seeds {
            for (option, target, path) in [
                ("--trace", Target::Trace, files.trace(seed)),
                ("--save-model", Target::Model, files.model(seed)),
            ] {
                let Some(path) = path else { continue };
                refuse_overwriting(option, &path, &read)?;
                target.check(option, &path, force)?;
            }
        }
        Ok(files)
    }

    fn trace(&self, seed: u64) -> Option<PathBuf> {
        self.of(self.args.trace.as_deref(), seed)
    }

    fn model(&self, seed: u64) -> Option<PathBuf> {
        self.of(self.args.save_model.as_deref(), seed)
    }

    /// The evaluations of a run that was made before, as far as they are written; nothing if what it
    /// was to write is not whole.
    fn evaluations<T: Scalar>(&self, run: &EarlierRun) -> Option<Vec<Evaluation>> {
        let Summary {
            seed, model_hash, ..
        } = &run.summary;
        if let Some(path) = self.model(*seed) {
            let model = model_file::read::<T>(&path).ok()?;
            (trace::model_hash(&model) == *model_hash).then_some(())?;
        }
        match self.trace(*seed) {
            path if is_standard_output(path.as_deref()) => None,
            Some(path) => run.evaluations_in(&path),
            None => Some(Vec::new()),
        }
    }

    fn of(&self, path: Option<&Path>, seed: u64) -> Option<PathBuf> {
        match self.several {
            true => path.map(|path| with_seed(path, seed)),
            false => path.map(Path::to_owned),
        }
    }
}

/// Whether a trace is to be printed.
pub(super) fn is_standard_output(trace: Option<&Path>) -> bool {
    trace == Some(Path::new("-"))
}

/// What all runs of a command have in common.
struct Setting<'a> {
    request: &'a Request,
    files: &'a Files<'a>,
    algorithm: Algorithm,
    progress: &'a Progress,
    interrupt: &'a Interrupt,
}

fn run<T: Scalar>(
    request: &Request,
    args: &RunArgs,
    files: &Files<'_>,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = &Progress::of(output);
    say_what_may_never_end(request.spec(), progress);
    let (seeds, first) = (request.seeds(1)?, request.load::<T>(request.spec().seed)?);
    let described = request.described("run", std::slice::from_ref(&args.method), 1, &first);
    let mut results = Results::new(output, described, request.spec(), progress)?;
    let (n_runs, is_schedule) = (seeds.end - seeds.start, request.spec().is_schedule);
    results.take_earlier(n_runs, is_schedule, |_, run| files.evaluations::<T>(run));
    forecast::say_if_long(request.spec(), progress);
    if let Some(path) = &args.trace {
        forecast::say_if_large(request.spec(), path, progress);
    }
    let (algorithm, mut step_size) = settled(request, &args.method, progress)?;
    let setting = Setting {
        request,
        files,
        algorithm,
        progress,
        interrupt,
    };
    for seed in seeds {
        let problem = request.load_beside(&first, seed)?;
        let (summary, failure) = match results.earlier(&setting.algorithm.label(), seed) {
            Some(summary) => (summary, None),
            None => setting.run(&mut step_size, &problem, seed)?,
        };
        step_size.get_or_insert(summary.step_size);
        results.add(&summary)?;
        let is_first = seed == request.spec().seed;
        print(&describe_run(
            &summary,
            problem.as_deref(),
            output.format,
            is_first,
        ))?;
        for warning in &summary.warnings {
            progress.warn(warning);
        }
        if failure.is_some() {
            return Failure::all([failure, results.trouble()]);
        }
        if let Some(path) = files.trace(seed).filter(|_| args.theory.theory) {
            say_theory(&path, &args.theory, output.format)?;
        }
        if interrupt.is_interrupted() {
            return Failure::all([Some(Failure::interrupted()), results.trouble()]);
        }
    }
    Failure::all([results.trouble()])
}

impl Setting<'_> {
    /// Makes the run of one seed, after a search for the step size if there is none yet. The second
    /// value says what was wrong with it.
    fn run<T: Scalar>(
        &self,
        step_size: &mut Option<f64>,
        problem: &Loaded<T>,
        seed: u64,
    ) -> Result<(Summary<T>, Option<Failure>), Failure> {
        let Self {
            request,
            files,
            algorithm,
            progress,
            interrupt,
        } = self;
        let prepare = || request.experiment(problem, seed).method(algorithm.clone());
        prepare().step_size(step_size.unwrap_or_default()).build()?;
        let tuned = algorithm.in_virtual_time();
        let step_size = match *step_size {
            Some(step_size) => step_size,
            None => *step_size.insert(tune::best(request, &tuned, problem, progress, interrupt)?),
        };
        let mut experiment = prepare().step_size(step_size);
        if let Some(path) = files.trace(seed) {
            let telling = (*progress).clone();
            experiment = experiment.trace(path).trace_drops(files.args.trace_drop);
            experiment = experiment.trace_news(move |news| telling.warn(news));
        }
        let session = experiment.build()?;
        let view = progress.run(|| session.live(), &format!("{algorithm}, seed {seed}"));
        let (name, mut unsaved) = (algorithm.to_string(), None);
        let ended = run_session(session, interrupt, |model| {
            let path = files.model(seed);
            let saved = path.map(|path| save(&path, model, &name, seed, progress));
            unsaved = saved.and_then(Result::err);
            unsaved.iter().for_each(|failure| progress.warn(failure));
        });
        drop(view);
        let (summary, failure) = ended?;
        Ok((summary, Failure::all([failure, unsaved]).err()))
    }
}

/// Writes a model, and says so.
fn save<T: Scalar>(
    path: &Path,
    model: &Snapshot<T>,
    method: &str,
    seed: u64,
    progress: &Progress,
) -> Result<(), Failure> {
    let (version, path_text) = (model.version(), path.display());
    let about = about_model(model, method, seed);
    model_file::write(path, model.values(), &about).map_err(|error| {
        Failure::failed(format!(
            "--save-model {path_text}: the model of version {version} could not be written: {error}"
        ))
    })?;
    progress.note(format_args!("model of version {version} in {path_text}"));
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

fn say_what_may_never_end(spec: &RunSpec, progress: &Progress) {
    let end = &spec.end;
    let counts = [end.updates, end.gradients];
    let is_open = end.time_limit.is_none() && counts.iter().all(Option::is_none);
    if end.target.is_set() && is_open {
        progress
            .note("nothing but the target ends this run: add --updates, --gradients or --seconds");
    }
}
