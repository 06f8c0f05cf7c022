//! Figures of one's own, drawn like those of the page.

use crate::figure::{self, Axis, Figure, Ink, Mark, Point, Series, Size};
use explain::tables::Table;

/// Lines on two logarithmic axes.
///
/// # Examples
/// ```
/// use report::Chart;
///
/// let chart = Chart::new("ratios", "Time against n", ("workers n", "time, s"))
///     .line("pure", &[(1.0, 2.0), (10.0, 5.0)]);
/// assert!(chart.svg().starts_with("<svg "));
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    id: String,
    title: String,
    labels: (String, String),
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Chart {
    /// An empty chart with a name, a title, and the labels of its axes.
    pub fn new(id: &str, title: &str, (x, y): (&str, &str)) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            labels: (x.to_owned(), y.to_owned()),
            lines: Vec::new(),
        }
    }

    /// With one more line, through these points; those without a logarithm are left out.
    #[must_use]
    pub fn line(mut self, name: &str, points: &[(f64, f64)]) -> Self {
        let has_place = |(x, y): &(f64, f64)| *x > 0.0 && *y > 0.0 && (x * y).is_finite();
        let points = points.iter().copied().filter(has_place).collect();
        self.lines.push((name.to_owned(), points));
        self
    }

    /// The chart as an SVG file has it.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let series = self
            .lines
            .iter()
            .enumerate()
            .map(|(index, (name, points))| {
                let points = points.iter().map(|&(x, y)| Point::exact(x, y)).collect();
                let ending = None;
                Series::new(name, Ink::Method(index), Mark::Line { points, ending })
            });
        figure::svg(&Figure {
            id: self.id.clone(),
            title: self.title.clone(),
            caption: String::new(),
            size: Size::Half,
            x: Axis::log(self.labels.0.as_str(), points().map(|(x, _)| *x)),
            y: Axis::log(self.labels.1.as_str(), points().map(|(_, y)| *y)),
            series: series.collect(),
            table: Table::default(),
        })
    }
}
