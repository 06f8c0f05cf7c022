//! `asgrad compare`: several methods on the same problem and workers.
//!
//! Each method's step size is tuned in virtual time with the same budget, then each is run on real
//! threads over several seeds for the same wall-clock budget.

use std::time::Duration;

use asgrad::compare::{Compared, Comparison, Grid};
use asgrad::ps_core::Setting;
use asgrad::trace::Precision;
use asgrad::workers::ComputeTimes;
use asgrad::{Algorithm, Scalar};

use super::scaling::Scalings;
use super::watch::Watch;
use super::{forecast, print_config, refuse_twice, tune};
use crate::args::{CompareArgs, Format};
use crate::case::Case;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::{Results, print};
use crate::progress::Progress;
use crate::request::{Loaded, Request};
use crate::values::StepSizeChoice;

const DEFAULT_SECONDS: Duration = Duration::from_secs(2);
const DEFAULT_REPEAT: u64 = 3;

pub(crate) fn main(args: CompareArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let mut options = args.options;
    let step_size = &mut options.typed.step_size;
    step_size.get_or_insert(StepSizeChoice::Auto(Grid::default()));
    let mut request = Request::new(options)?;
    let methods = settled(&request, args.methods)?;
    refuse_twice("--methods", methods.iter().map(Algorithm::to_string))?;
    for (Setting(name), values) in &request.options.typed.lists {
        refuse_twice(&format!("--{name}"), values.iter().cloned())?;
    }
    let end = &mut request.options.typed.spec.end;
    if !end.is_budget_set() {
        end.time_limit = Some(DEFAULT_SECONDS);
    }
    if args.printed.is_asked() {
        let defaults = ("auto", DEFAULT_REPEAT);
        return print_config::main("compare", &args.printed, &request, defaults);
    }
    match request.spec().precision {
        Precision::F64 => compare::<f64>(&request, &methods, interrupt),
        Precision::F32 => compare::<f32>(&request, &methods, interrupt),
    }
}

/// The methods with the batches and thresholds that theory prescribes, if it is asked.
fn settled(request: &Request, methods: Vec<Algorithm>) -> Result<Vec<Algorithm>, Failure> {
    let Some(StepSizeChoice::Theory(assumptions)) = request.options.typed.step_size else {
        return Ok(methods);
    };
    let settle = |method| {
        let prescription = request.prescribe(method, &assumptions)?;
        Ok(Algorithm::Method(prescription.method().clone()))
    };
    methods.iter().map(settle).collect()
}

/// One comparison in each case.
fn compare<T: Scalar>(
    request: &Request,
    methods: &[Algorithm],
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let output = &request.options.output;
    let progress = Progress::of(output);
    let first = request.load::<T>(request.spec().seed)?;
    let described = request.described("compare", methods, DEFAULT_REPEAT, &first);
    let cases = request.cases()?;
    let mut results = Results::new(output, described, request.spec(), &progress)?;
    forecast::say_if_long(request.spec(), &progress);
    let n_seeds = request.seeds(DEFAULT_REPEAT)?.count();
    let n_runs = cases.len() * methods.len() * n_seeds;
    let every: Vec<_> = cases.iter().map(|(case, _)| case).collect();
    results.take_earlier(n_runs as u64, false, |results, run| {
        results.traced(run, &every)
    });
    let mut failed = None;
    let mut scalings = Scalings::default();
    for (case, request) in &cases {
        let mut request = request.clone();
        let target = scalings.target(case);
        let end = &mut request.options.typed.spec.end;
        end.target = target.unwrap_or(end.target);
        let first = if case.is_only_one() {
            first.clone()
        } else {
            request.load::<T>(request.spec().seed)?
        };
        let mut watch = Watch::new(&progress, interrupt).keeping(&mut results, case.clone());
        let compared = match contest::<T>(&request, methods, &first, &mut watch) {
            // What there is of the cases before is shown.
            Err(failure) if interrupt.is_interrupted() && !watch.is_measuring => {
                failed = Some(failure);
                break;
            }
            compared => compared?,
        };
        drop(watch);
        warn(&compared, &progress);
        print(&render(&compared, case, &results, output.format))?;
        failed = failed.or(compared.faults.first().map(Failure::failed));
        if interrupt.is_interrupted() {
            failed = Some(Failure::interrupted());
            break;
        }
        scalings.add(case, compared);
    }
    scalings.print(&mut results, output.format)?;
    if let Some(page) = results.write_report() {
        progress.note(format_args!("report in {}", page.display()));
    }
    Failure::all([failed, results.trouble()])
}

/// Says what may be wrong with the runs.
fn warn(compared: &Compared, progress: &Progress) {
    for (warning, methods) in compared.warnings() {
        if methods.len() == compared.rows.len() {
            progress.warn(warning);
        } else {
            let methods = methods.join(", ");
            progress.warn(format_args!("{methods}: for example, {warning:#}"));
        }
    }
}

/// Checks, tunes and runs.
fn contest<T: Scalar>(
    request: &Request,
    methods: &[Algorithm],
    first: &Loaded<T>,
    watch: &mut Watch<'_>,
) -> Result<Compared, Failure> {
    let seeds = request.seeds(DEFAULT_REPEAT)?;
    let Some(problem) = first else {
        let message = "--problem none has no loss to compare by; use `asgrad run`";
        return Err(Failure::request(message));
    };
    let progress = watch.progress();
    let base = |seed| {
        let problem = request.load_beside(first, seed)?;
        let progress = progress.clone();
        let experiment = request.experiment(&problem, seed);
        Ok(experiment.trace_news(move |news| progress.warn(news)))
    };
    let (n, cluster) = (request.n_workers(), &request.spec().cluster);
    let times = match cluster.compute {
        ComputeTimes::Drawn(_) => format!(", times {}", cluster.times.clone().unwrap_or_default()),
        ComputeTimes::Measured(_) | ComputeTimes::Recorded => String::new(),
    };
    let mut comparison = tune::with_budget(request, Comparison::new(base))
        .about("problem", &problem.description)
        .about("workers", format!("{n}{times}; {cluster}"))
        .clock(request.spec().driver.clock())
        .repeat(seeds.end - seeds.start);
    for method in methods {
        comparison = match request.options.typed.step_size {
            Some(StepSizeChoice::Theory(assumptions)) => {
                let found = request.prescribe(method, &assumptions)?;
                watch.progress().note(format_args!("theory: {found}"));
                comparison.method_with_step_size(method.clone(), found.step_size())
            }
            _ => comparison.method(method.clone()),
        };
    }
    Ok(comparison.run_watched(watch)?)
}

/// For people narrow tables and a sentence; for programs every quantity.
fn render(compared: &Compared, case: &Case, results: &Results, format: Format) -> String {
    match format {
        Format::Table if case.is_only_one() => compared.to_string(),
        Format::Table => format!("{}\n{compared}\n", case.title()),
        Format::Json => results.last_comparison(),
        Format::Csv => results.last_numbers(),
        Format::Markdown | Format::Latex => compared.table().render(format.into()),
    }
}
