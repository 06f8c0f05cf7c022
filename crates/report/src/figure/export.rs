//! Figures as files: SVG and PNG to show, CSV for those who plot themselves.

use std::fs;
use std::path::Path;
use std::slice;

use kuva::PngBackend;
use kuva::backend::svg::SvgBackend;
use kuva::render::render::Scene;

use super::{Figure, Mark, Paint, scene};
use crate::ReportError;

/// Writes `ID.svg`, `ID.png` and `ID.csv`.
pub(crate) fn write_figure(figure: &Figure, folder: &Path) -> Result<(), ReportError> {
    let (drawing, _) = scene(figure, Paint::Paper);
    write_scene(&figure.id, &drawing, folder)?;
    let table = table(figure).map_err(|error| failed(&figure.id, error.to_string()))?;
    write(folder, &figure.id, "csv", &table)
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

/// Every series that is plotted, one point or bar a row.
fn table(figure: &Figure) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let lines = |mark: &Mark| matches!(mark, Mark::Line { .. });
    if figure.series.iter().all(|series| lines(&series.mark)) {
        writer.write_record(["series", &figure.x.label, &figure.y.label, "low", "high"])?;
    } else {
        writer.write_record(["series", "x from", "x to", "y from", "y to", "value"])?;
    }
    for series in &figure.series {
        match &series.mark {
            Mark::Line { points, .. } => {
                for point in points {
                    let numbers = [point.x, point.y, point.low, point.high].map(|v| v.to_string());
                    writer.write_record([slice::from_ref(&series.name), &numbers[..]].concat())?;
                }
            }
            Mark::Bars(bars) | Mark::Levels(bars) => {
                for bar in bars {
                    let numbers = [bar.x.0, bar.x.1, bar.y.0, bar.y.1].map(|v| v.to_string());
                    let names = [series.name.clone()];
                    let says = [bar.says.clone()];
                    writer.write_record([&names[..], &numbers[..], &says[..]].concat())?;
                }
            }
        }
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
