//! The files that a report is made into.

use std::fs;
use std::path::Path;

use crate::contents::{Report, Section};
use crate::files::{is_same, write_whole};
use crate::{ReportError, figure, page, plots};

/// The name of the page about it.
pub const PAGE: &str = "report.html";

impl Report {
    /// The page.
    pub fn html(&self) -> String {
        page::html(self)
    }

    /// Writes the page.
    ///
    /// # Errors
    /// If the file cannot be written, or is one of those that the report was read from.
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        if self.sources.iter().any(|source| is_same(source, path)) {
            let path = path.to_owned();
            return Err(ReportError::Overwrites { path });
        }
        write_whole(path, self.html().as_bytes())
    }

    /// Writes every figure as SVG, PNG and CSV into a folder, and says how many.
    ///
    /// # Errors
    /// If the folder cannot be made or a file not written.
    pub fn write_figures(&self, folder: &Path) -> Result<usize, ReportError> {
        fs::create_dir_all(folder).map_err(ReportError::io(folder))?;
        let mut n_figures = 0;
        for section in &self.sections {
            for figure in section.figures() {
                figure::write_figure(&figure, folder)?;
                n_figures += 1;
            }
            let moments = page::FirstMoments::of(&section.prefix, &section.groups);
            n_figures += moments.write(folder)?;
        }
        Ok(n_figures)
    }
}

impl Section {
    /// All figures with axes.
    fn figures(&self) -> Vec<figure::Figure> {
        let (prefix, groups) = (self.prefix.as_str(), self.groups.as_slice());
        let mut figures = plots::curves(prefix, groups);
        figures.extend(plots::concurrency(prefix, groups));
        figures.extend(plots::staleness(prefix, groups));
        figures.extend(plots::shares(prefix, groups));
        figures.push(plots::totals(prefix, groups));
        figures.extend(groups.iter().map(|group| plots::per_worker(prefix, group)));
        figures
    }
}
