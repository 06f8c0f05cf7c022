//! What the page's script needs to say the values under the pointer.

use kuva::render::layout::ComputedLayout;
use serde::Serialize;

use super::{Figure, Mark, Paint, Scale};
use crate::text::script_json;

#[derive(Serialize)]
struct Plot<'a> {
    /// Left, top, right and bottom of the plot area.
    r#box: [f64; 4],
    x: [f64; 2],
    y: [f64; 2],
    log: bool,
    x_label: &'a str,
    y_label: &'a str,
    series: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    colour: String,
    x: Vec<f64>,
    y: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

/// The figure's lines as JSON; nothing if it has none.
pub(crate) fn hover_data(figure: &Figure, computed: &ComputedLayout) -> Option<String> {
    let lines = figure
        .series
        .iter()
        .filter_map(|series| match &series.mark {
            Mark::Line { points, .. } => Some(Line {
                name: &series.name,
                colour: series.ink.colour(Paint::Page),
                x: points.iter().map(|point| short(point.x, 4)).collect(),
                y: points.iter().map(|point| short(point.y, 3)).collect(),
                low: spread(points.iter().map(|point| (point.low, point.y))),
                high: spread(points.iter().map(|point| (point.high, point.y))),
            }),
            _ => None,
        });
    let series: Vec<_> = lines.collect();
    if series.is_empty() {
        return None;
    }
    let plot = Plot {
        r#box: [
            computed.margin_left,
            computed.margin_top,
            computed.width - computed.margin_right,
            computed.height - computed.margin_bottom,
        ],
        x: [figure.x.range.0, figure.x.range.1],
        y: [figure.y.range.0, figure.y.range.1],
        log: figure.y.scale == Scale::Log,
        x_label: &figure.x.label,
        y_label: &figure.y.label,
        series,
    };
    script_json(&plot)
}

/// One edge of the band; nothing if it is nowhere apart from the line.
fn spread(edge: impl Iterator<Item = (f64, f64)> + Clone) -> Vec<f64> {
    if edge.clone().any(|(edge, line)| edge != line) {
        edge.map(|(edge, _)| short(edge, 3)).collect()
    } else {
        Vec::new()
    }
}

/// A screen shows no more digits than a few after the first.
fn short(value: f64, digits: usize) -> f64 {
    format!("{value:.digits$e}").parse().unwrap_or(value)
}
