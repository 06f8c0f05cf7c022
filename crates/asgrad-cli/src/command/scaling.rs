//! What more workers are worth, where a comparison is made with several numbers of them.

use asgrad::compare::{Compared, Scaling};
use asgrad::trace::Target;

use crate::args::Format;
use crate::case::Case;
use crate::failure::Failure;
use crate::output::{Results, print};

/// The comparisons of a study that differ in the number of workers alone, by what they share.
#[derive(Debug, Default)]
pub(super) struct Scalings(Vec<(Case, Vec<(usize, Compared)>)>);

impl Scalings {
    /// The target of a case, if one with another number of workers had it before: there is one for
    /// all.
    pub(super) fn target(&self, case: &Case) -> Option<Target> {
        let (_, shared) = case.workers()?;
        let (_, compared) = self.0.iter().find(|(it, _)| *it == shared)?;
        Some(compared.first()?.1.goal.target)
    }

    /// Takes note of a comparison.
    pub(super) fn add(&mut self, case: &Case, compared: Compared) {
        let Some((workers, shared)) = case.workers() else {
            return;
        };
        match self.0.iter_mut().find(|(it, _)| *it == shared) {
            Some((_, known)) => known.push((workers, compared)),
            None => self.0.push((shared, vec![(workers, compared)])),
        }
    }

    /// Prints what they come to, and keeps it with the results.
    pub(super) fn print(&self, results: &mut Results, format: Format) -> Result<(), Failure> {
        for (shared, compared) in &self.0 {
            let Some(scaling) = Scaling::of(compared) else {
                continue;
            };
            let object = results.add_scaling(shared, &scaling)?;
            let title = match shared.title() {
                title if title.is_empty() => "scaling".to_owned(),
                title => format!("scaling, {title}"),
            };
            let text = match format {
                Format::Table => {
                    format!("{title}\n\n{}\n{}\n", scaling.table(), scaling.sentence())
                }
                Format::Json => format!("{object}\n"),
                Format::Markdown | Format::Latex => scaling.table().render(format.into()),
                // Its rows are those of the quantities, which have been printed.
                Format::Csv => String::new(),
            };
            print(&text)?;
        }
        Ok(())
    }
}
