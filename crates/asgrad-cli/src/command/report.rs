//! `asgrad report`: one self-contained page about runs, out of their traces.

use std::path::{Path, PathBuf};

use asgrad::Trace;
use asgrad::ps_core::form::count;
use report::{PAGE, Report, ReportError};

use super::{curve, unread};
use crate::args::ReportArgs;
use crate::failure::Failure;
use crate::output::{Target, refuse_file};
use crate::progress::{Progress, say};

pub(crate) fn main(args: &ReportArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.figures {
        refuse_file("--figures", folder)?;
    }
    let progress = Progress::new(args.quiet);
    let mend = |trace: &Trace| curve::again(trace, None, &progress);
    let (report, default) = match args.inputs.as_slice() {
        [folder] if folder.is_dir() => {
            (Report::of_folder_mended(folder, &mend)?, folder.join(PAGE))
        }
        traces => (
            Report::of_traces_mended(traces, &mend)?,
            PathBuf::from(PAGE),
        ),
    };
    for left_out in report.unread() {
        let left_out = match left_out {
            ReportError::Trace(error) => unread(error),
            error => Failure::failed(error),
        };
        progress.warn(format_args!("{left_out}; it is left out"));
    }
    let page = args.out.as_ref().unwrap_or(&default);
    Target::Page.check("--out", page, args.force)?;
    write(&report, page, args.quiet).map_err(|failure| match args.out {
        None => failure.hint("--out FILE.html writes the page elsewhere"),
        Some(_) => failure,
    })?;
    if let Some(folder) = &args.figures {
        let n_figures = report.write_figures(folder)?;
        if !args.quiet {
            let n_figures = count(n_figures, "figure");
            say(format_args!("{n_figures} in {}", folder.display()));
        }
    }
    Ok(())
}

fn write(report: &Report, page: &Path, quiet: bool) -> Result<(), Failure> {
    report.write(page)?;
    if !quiet {
        say(format_args!("report in {}", page.display()));
    }
    Ok(())
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Trace(error) => unread(&error),
            ReportError::Mixed { .. } | ReportError::Overwrites { .. } => Self::request(error),
            _ => Self::failed(error),
        }
    }
}
