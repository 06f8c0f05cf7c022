//! Reports: one self-contained page about runs of asynchronous SGD, out of their traces.
//!
//! A [`Report`] is read from the folder that `asgrad compare --out` writes, or from traces.
//! [`Report::write`] makes one HTML file that needs no network, follows light and dark, fits a
//! phone and prints; [`Report::write_figures`] makes every figure as SVG, PNG and CSV. The folder's
//! own file is a [`Study`].
//!
//! ```
//! use asgrad::prelude::*;
//! use report::Report;
//!
//! let folder = std::env::temp_dir().join("asgrad-doc-report");
//! std::fs::create_dir_all(&folder)?;
//! let oracle = from_fn(1, |_, x: &[f64], out: &mut [f64]| out[0] = x[0]);
//! Experiment::new(oracle).workers(2).updates(100).trace(folder.join("pure.jsonl")).run()?;
//!
//! let page = folder.join("report.html");
//! Report::of_folder(&folder)?.write(&page)?;
//! assert!(std::fs::read_to_string(&page)?.starts_with("<!doctype html>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod chart;
mod contents;
mod error;
mod figure;
mod files;
mod group;
mod mend;
mod page;
mod plots;
mod report;
mod run;
mod settings;
mod study;
mod text;

pub use chart::Chart;
pub use contents::Report;
pub use error::ReportError;
pub use mend::Mend;
pub use report::PAGE;
pub use study::{ComparisonRecord, Study};
