//! Figures: what is plotted, apart from how. Everything that knows the plotting library is in
//! `draw`.

mod draw;
mod export;
mod hover;
mod palette;
mod primitive;
mod timeline;

pub(crate) use draw::{page_svg, scene};
use explain::tables::Table;
pub(crate) use export::{svg, write, write_figure, write_scene};
pub(crate) use hover::hover_data;
pub(crate) use palette::{Ink, Paint, dashes, style_sheet};
use ps_core::math;
pub(crate) use timeline::{timeline, timeline_data};

/// A figure with axes.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Its name in the page and as a file.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What to see in it, for someone who has never seen one.
    pub(crate) caption: String,
    pub(crate) size: Size,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
    /// What its bars say; empty if it has lines.
    pub(crate) table: Table,
}

/// Width and height in the units of the drawing, about as many pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Two side by side.
    Half,
    /// Three or four side by side.
    Small,
    /// A line of its own, with this many rows.
    Rows(usize),
    /// The same on a phone.
    NarrowRows(usize),
}

/// An axis, with its unit in the label.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) label: String,
    pub(crate) scale: Scale,
    pub(crate) range: (f64, f64),
}

/// How an axis maps numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Linear,
    /// Linear, and only whole numbers make sense.
    Whole,
    Log,
    /// One name a row, from the top; row `i` is around `i`.
    Names(Vec<String>),
}

/// What belongs together in the legend.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) ink: Ink,
    pub(crate) mark: Mark,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// A line through points; what happened at its end, if anything.
    Line {
        points: Vec<Point>,
        ending: Option<String>,
    },
    /// Rectangles.
    Bars(Vec<Bar>),
    /// Short horizontal strokes, such as a share that should have been.
    Levels(Vec<Bar>),
}

/// A point of a line, with the spread around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// A rectangle, and the text that describes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
    pub(crate) says: String,
}

impl Series {
    pub(crate) fn new(name: impl Into<String>, ink: Ink, mark: Mark) -> Self {
        let name = name.into();
        Self { name, ink, mark }
    }
}

impl Point {
    /// A point without spread.
    pub(crate) fn exact(x: f64, y: f64) -> Self {
        let (low, high) = (y, y);
        Self { x, y, low, high }
    }
}

impl Figure {
    /// Whether a line says what happened at its end.
    pub(crate) fn has_ending(&self) -> bool {
        let ends =
            |series: &Series| matches!(&series.mark, Mark::Line { ending, .. } if ending.is_some());
        self.series.iter().any(ends)
    }
}

impl Size {
    /// Width and height.
    pub(crate) fn pixels(self) -> (f64, f64) {
        match self {
            Self::Half => (480.0, 310.0),
            Self::Small => (320.0, 210.0),
            Self::Rows(rows) => (620.0, 66.0 + 28.0 * rows as f64),
            Self::NarrowRows(rows) => (340.0, 66.0 + 28.0 * rows as f64),
        }
    }

    /// The word for the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Half => "half",
            Self::Small => "small",
            Self::Rows(_) | Self::NarrowRows(_) => "rows",
        }
    }
}

impl Axis {
    pub(crate) fn new(label: impl Into<String>, scale: Scale, range: (f64, f64)) -> Self {
        let label = label.into();
        Self {
            label,
            scale,
            range,
        }
    }

    /// A logarithmic axis that shows all of these numbers as far as they have a logarithm, and at
    /// least some ticks.
    pub(crate) fn log(label: impl Into<String>, values: impl Iterator<Item = f64>) -> Self {
        let some = values.filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = some.fold((f64::INFINITY, 0.0f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if low > high { (0.1, 10.0) } else { (low, high) };
        // Less than a factor of four may show a single tick, or none.
        let missing = (4.0 * low / high).max(1.0).sqrt() * 1.08;
        let range = (low / missing, (high * missing).min(f64::MAX));
        Self::new(label, Scale::Log, range)
    }
}

/// The distance of ticks on an axis: 1, 2 or 5 times a power of ten, at least this.
fn tick_distance(least: f64) -> f64 {
    let power = math::pow(10.0, math::log10(least).floor());
    let steps = [1.0, 2.0, 5.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|step| *step >= least)
        .unwrap_or(10.0 * power)
}
