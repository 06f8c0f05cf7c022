//! Figures as files: SVG and PNG to show, CSV for those who plot themselves.

use std::fs;
use std::path::Path;
use std::slice;

use explain::tables::{Format, Table};
use kuva::PngBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::render::Scene;

use super::{Figure, Mark, Paint, scene};
use crate::ReportError;

/// As an SVG file has it.
pub(crate) fn svg(figure: &Figure) -> String {
    SvgBackend::new().render_scene(&scene(figure, Paint::Paper).0)
}

/// Writes `ID.svg`, `ID.png` and `ID.csv`.
pub(crate) fn write_figure(figure: &Figure, folder: &Path) -> Result<(), ReportError> {
    let (drawing, _) = scene(figure, Paint::Paper);
    write_scene(&figure.id, &drawing, folder)?;
    let table = table(figure).render(Format::Csv);
    write(folder, &figure.id, "csv", table.as_bytes())
}

/// Writes `ID.svg` and `ID.png`.
pub(crate) fn write_scene(id: &str, scene: &Scene, folder: &Path) -> Result<(), ReportError> {
    let svg = SvgBackend::new().render_scene(scene);
    write(folder, id, "svg", svg.as_bytes())?;
    let png = PngBackend::new().with_scale(2.0).render_scene(scene);
    write(
        folder,
        id,
        "png",
        &png.map_err(|reason| failed(id, reason))?,
    )
}

/// Writes a table of this name.
pub(crate) fn write(
    folder: &Path,
    id: &str,
    extension: &str,
    bytes: &[u8],
) -> Result<(), ReportError> {
    let path = folder.join(format!("{id}.{extension}"));
    fs::write(&path, bytes).map_err(ReportError::io(&path))
}

fn failed(figure: &str, reason: String) -> ReportError {
    let figure = figure.to_owned();
    ReportError::Figure { figure, reason }
}

/// Every series that is plotted: points of lines, or what the bars say.
fn table(figure: &Figure) -> Table {
    let (x, y) = (figure.x.label.as_str(), figure.y.label.as_str());
    let mut table = figure.table.clone();
    if table.headers().is_empty() {
        table = Table::new(&["series", x, y, "low", "high"]);
    }
    for series in &figure.series {
        let Mark::Line { points, .. } = &series.mark else {
            continue;
        };
        for point in points {
            let numbers = [point.x, point.y, point.low, point.high].map(|v| v.to_string());
            table.push([slice::from_ref(&series.name), &numbers[..]].concat());
        }
    }
    table
}
