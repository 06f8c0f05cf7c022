//! Draws figures. The only file that knows the plotting library's axes.

use std::sync::Arc;

use kuva::TickFormat;
use kuva::backend::svg::SvgBackend;
use kuva::plot::LinePlot;
use kuva::plot::legend::{LegendEntry, LegendPosition, LegendShape};
use kuva::plot::line::LineStyle;
use kuva::render::color::Color;
use kuva::render::layout::{ComputedLayout, Layout};
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, Scene, TextAnchor, render_multiple};
use kuva::render::theme::Theme;
use ps_core::math;

use super::primitive::{group, rect, text};
use super::{
    Axis, Bar, Figure, Ink, Mark, Paint, Point, Scale, Series, Size, dashes, tick_distance,
};
use crate::text::{escape, shorten};
use explain::tables::number::printed;

const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
/// Smallest height of text, in units of the drawing: it is still read on a phone.
const TEXT: u32 = 13;
/// Width of a character of text, about, in the same units.
const LETTER: f64 = 7.6;
/// Width that an entry of a legend needs beside its text.
const SWATCH: f64 = 52.0;
/// Right margin: room for half of the last number of the horizontal axis.
const RIGHT: f64 = 18.0;
/// Height that the library leaves below the axis in excess of what its label needs.
const SPARE: f64 = 6.0;
/// The library takes no logarithm of less than 1e-10, so logarithmic axes are moved to begin here.
const LOG_FLOOR: f64 = 1e-3;

/// A figure, ready for any backend, and where its plot area is.
pub(crate) fn scene(figure: &Figure, paint: Paint) -> (Scene, ComputedLayout) {
    let shift = shift(&figure.y);
    let layout = layout(figure, paint, shift);
    let computed = ComputedLayout::from_layout(&layout);
    // Without a plot the library draws no axes.
    let mut plots = vec![Plot::Line(LinePlot::new())];
    plots.extend(
        figure
            .series
            .iter()
            .filter_map(|series| line(series, paint, shift)),
    );
    let mut scene = render_multiple(plots, layout);
    name_clips(&mut scene, &figure.id);
    if paint == Paint::Page {
        scene.background_color = None;
        scene.height -= SPARE;
    }
    for series in &figure.series {
        let mut pen = Pen {
            scene: &mut scene,
            computed: &computed,
            paint,
            ink: series.ink,
            shift,
        };
        match &series.mark {
            Mark::Line { points, ending } => pen.ending(points, ending.as_deref()),
            Mark::Bars(bars) => bars.iter().for_each(|bar| pen.bar(bar)),
            Mark::Levels(levels) => levels.iter().for_each(|level| pen.level(level)),
        }
    }
    if let Scale::Names(names) = &figure.y.scale {
        row_names(&mut scene, &computed, names, figure.size, paint);
    }
    (scene, computed)
}

/// A figure as it stands in the page: it scales, and says what it is to those who do not see it.
pub(crate) fn page_svg(id: &str, title: &str, description: &str, scene: &Scene) -> String {
    let svg = SvgBackend::new().render_scene(scene);
    let inside = svg.split_once("-->").map_or(svg.as_str(), |(_, rest)| rest);
    let (width, height) = (scene.width, scene.height);
    let (title, description) = (escape(title), escape(description));
    format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" \
         font-family=\"inherit\" fill=\"{}\"><title id=\"{id}-title\">{title}</title>\
         <desc id=\"{id}-desc\">{description}</desc>{inside}",
        Ink::Text.colour(Paint::Page)
    )
}

/// Room for the numbers and the name of the vertical axis: the same in all figures of a size, so
/// that they line up.
fn left(size: Size) -> f64 {
    if size == Size::Small { 56.0 } else { 72.0 }
}

/// The library counts its clips over the life of the program, which would make every page
/// different.
fn name_clips(scene: &mut Scene, figure: &str) {
    let Scene { elements, defs, .. } = scene;
    let clips = elements.iter_mut().filter_map(|element| match element {
        Primitive::ClipStart { id, .. } => Some(id),
        _ => None,
    });
    for (index, id) in clips.enumerate() {
        let name = format!("{figure}-clip-{index}");
        let (old, new) = (format!("id=\"{id}\""), format!("id=\"{name}\""));
        for definition in defs.iter_mut() {
            *definition = definition.replace(&old, &new);
        }
        *id = name;
    }
}

/// What logarithmic values are multiplied by.
fn shift(axis: &Axis) -> f64 {
    match axis.scale {
        Scale::Log if axis.range.0 < LOG_FLOOR => math::pow(
            10.0,
            math::log10(LOG_FLOOR / axis.range.0).ceil().min(300.0),
        ),
        _ => 1.0,
    }
}

fn layout(figure: &Figure, paint: Paint, shift: f64) -> Layout {
    let (width, height) = figure.size.pixels();
    let (x, y) = (&figure.x, &figure.y);
    let y_range = (y.range.0 * shift, y.range.1 * shift);
    let mut layout = Layout::new(x.range, y_range)
        .with_width(width)
        .with_height(height)
        .with_theme(theme(paint))
        .with_font_family(FONT)
        .with_x_label(plain(&x.label))
        .with_x_label_offset(0.0, -7.0)
        .with_label_size(TEXT)
        .with_tick_size(TEXT)
        .with_body_size(TEXT)
        .with_tick_length(4.0)
        .with_x_tick_format(tick_format(&x.scale, 1.0))
        .with_y_tick_format(tick_format(&y.scale, shift))
        .with_x_axis_min(x.range.0)
        .with_x_axis_max(x.range.1)
        .with_y_axis_min(y_range.0)
        .with_y_axis_max(y_range.1)
        .with_force_margins(left(figure.size), RIGHT);
    if x.scale == Scale::Whole {
        // On a phone the text of these is larger.
        let share = if figure.size == Size::Half { 0.7 } else { 1.0 };
        let room = width - left(figure.size) - RIGHT;
        layout = layout.with_x_tick_step(tick_step(x.range, share * room));
    }
    if x.scale == Scale::Log {
        layout = layout.with_log_x();
    }
    match &y.scale {
        Scale::Log => layout = layout.with_log_y().with_y_label(plain(&y.label)),
        Scale::Names(names) => {
            layout.suppress_y_ticks = true;
            layout = layout
                .with_show_grid(false)
                .with_force_margins(names_width(names, figure.size), 24.0);
        }
        Scale::Linear | Scale::Whole => layout = layout.with_y_label(plain(&y.label)),
    }
    match paint {
        Paint::Page => layout,
        Paint::Paper => with_legend(layout.with_title(plain(&figure.title)), figure, height),
    }
}

/// The legend stands below the figure, which grows by its height. The page has its own.
fn with_legend(layout: Layout, figure: &Figure, height: f64) -> Layout {
    let (width, _) = figure.size.pixels();
    let beside = match &figure.y.scale {
        Scale::Names(names) => names_width(names, figure.size) + 24.0,
        _ => left(figure.size) + RIGHT,
    };
    let room = width - beside;
    let longest = how_many(LETTER, room - SWATCH);
    let entries: Vec<_> = figure
        .series
        .iter()
        .map(|series| LegendEntry {
            label: plain(&shorten(&series.name, longest)),
            color: series.ink.colour(Paint::Paper),
            shape: match series.mark {
                Mark::Line { .. } | Mark::Levels(_) => LegendShape::Line,
                Mark::Bars(_) => LegendShape::Rect,
            },
            dasharray: dash(series.ink, Paint::Paper).map(str::to_owned),
        })
        .collect();
    let widest = entries
        .iter()
        .map(|entry| entry.label.chars().count())
        .max();
    let column = SWATCH + LETTER * widest.unwrap_or(0) as f64;
    let columns = how_many(column, room);
    let rows = entries.len().div_ceil(columns) as f64;
    layout
        .with_height(height + 56.0 + 22.0 * rows)
        .with_legend_entries(entries)
        .with_legend_col_limit(columns)
        .with_legend_position(LegendPosition::OutsideBottomColumns)
        .with_legend_box(false)
        .with_title_size(15)
}

fn theme(paint: Paint) -> Theme {
    let (text, muted) = (Ink::Text.colour(paint), Ink::Muted.colour(paint));
    Theme {
        background: "white".to_owned(),
        axis_color: muted.clone(),
        tick_color: muted,
        grid_color: Ink::Grid.colour(paint),
        text_color: text,
        legend_bg: "white".to_owned(),
        legend_border: "none".to_owned(),
        ..Theme::light()
    }
}

fn tick_format(scale: &Scale, shift: f64) -> TickFormat {
    match scale {
        Scale::Whole => TickFormat::Custom(Arc::new(|value| {
            if value.fract() == 0.0 {
                printed(value)
            } else {
                String::new()
            }
        })),
        _ => TickFormat::Custom(Arc::new(move |value| printed(value / shift))),
    }
}

/// The library takes `$` for mathematics.
fn plain(text: &str) -> String {
    text.replace('$', "\\$")
}

fn dash(ink: Ink, paint: Paint) -> Option<&'static str> {
    match ink {
        Ink::Method(index) => dashes(index, paint),
        _ => None,
    }
}

fn line(series: &Series, paint: Paint, shift: f64) -> Option<Plot> {
    let Mark::Line { points, .. } = &series.mark else {
        return None;
    };
    let data = points.iter().map(|point| (point.x, point.y * shift));
    let mut line = LinePlot::new()
        .with_data(data)
        .with_color(series.ink.colour(paint))
        .with_stroke_width(1.5);
    if let Some(dashes) = dash(series.ink, paint) {
        line = line.with_line_style(LineStyle::Custom(dashes.to_owned()));
    }
    if points.iter().any(|point| point.low < point.high) {
        let edge = |of: fn(&Point) -> f64| points.iter().map(move |point| of(point) * shift);
        line = line.with_band(edge(|point| point.low), edge(|point| point.high));
        if let Some(band) = &mut line.band {
            band.opacity = 0.16;
        }
    }
    Some(Plot::Line(line))
}

/// How many things of a width fit side by side: at least one.
fn how_many(width: f64, room: f64) -> usize {
    let fit = |n: &u8| f64::from(*n) * width <= room;
    (1..=u8::MAX).take_while(fit).count().max(1)
}

/// The distance of ticks at whole numbers whose labels do not run together.
fn tick_step(range: (f64, f64), room: f64) -> f64 {
    let longest = printed(range.1.round()).chars().count().max(2);
    let most = (room / (LETTER * (longest as f64 + 1.5))).clamp(2.0, 8.0);
    tick_distance(((range.1 - range.0) / most).max(1.0))
}

/// Number of characters of the name of a row that are shown.
fn longest_name(size: Size) -> usize {
    match size {
        Size::NarrowRows(_) => 18,
        _ => 36,
    }
}

/// Room for the names of rows, left of the plot.
fn names_width(names: &[String], size: Size) -> f64 {
    let widest = names.iter().map(|name| name.chars().count()).max();
    // With the dots behind what is cut.
    let letters = widest.unwrap_or(0).min(longest_name(size) + 1);
    20.0 + LETTER * letters as f64
}

fn row_names(
    scene: &mut Scene,
    computed: &ComputedLayout,
    names: &[String],
    size: Size,
    paint: Paint,
) {
    for (row, name) in names.iter().enumerate() {
        let at = [
            computed.margin_left - 8.0,
            computed.map_y(-(row as f64)) + 4.5,
        ];
        let name = plain(&shorten(name, longest_name(size)));
        let colour = Color::from(Ink::Text.colour(paint));
        scene.add(text(at, name, TEXT, TextAnchor::End, colour));
    }
}

/// Draws what the library does not, on top of its axes.
struct Pen<'a> {
    scene: &'a mut Scene,
    computed: &'a ComputedLayout,
    paint: Paint,
    ink: Ink,
    shift: f64,
}

impl Pen<'_> {
    fn colour(&self) -> Color {
        Color::from(self.ink.colour(self.paint))
    }

    /// What happened at the end of a line, as a cross that says so.
    fn ending(&mut self, points: &[Point], ending: Option<&str>) {
        let (Some(last), Some(says)) = (points.last(), ending) else {
            return;
        };
        self.open(says);
        self.scene.add(Primitive::Text {
            x: self.computed.map_x(last.x),
            y: self.computed.map_y(last.y * self.shift) + 6.0,
            content: "×".to_owned(),
            size: 20,
            anchor: TextAnchor::Middle,
            rotate: None,
            bold: true,
            color: Some(self.colour()),
        });
        self.scene.add(Primitive::GroupEnd);
    }

    fn bar(&mut self, bar: &Bar) {
        self.open(&bar.says);
        self.scene.add(rect(self.area(bar), self.colour()));
        self.scene.add(Primitive::GroupEnd);
    }

    fn level(&mut self, bar: &Bar) {
        let [x, y, width, _] = self.area(bar);
        self.scene.add(Primitive::Line {
            x1: x,
            y1: y,
            x2: x + width,
            y2: y,
            stroke: self.colour(),
            stroke_width: 2.0,
            stroke_dasharray: None,
        });
    }

    fn area(&self, bar: &Bar) -> [f64; 4] {
        let (left, right) = (self.computed.map_x(bar.x.0), self.computed.map_x(bar.x.1));
        let (bottom, top) = (self.computed.map_y(bar.y.0), self.computed.map_y(bar.y.1));
        [left, top, (right - left).max(0.5), (bottom - top).max(0.0)]
    }

    /// Opens a group that says something: to the page's own script, or as a title in a file.
    fn open(&mut self, says: &str) {
        self.scene.add(match self.paint {
            Paint::Page => group(None, Some(format!("data-tip=\"{}\"", escape(says)))),
            Paint::Paper => group(Some(says.to_owned()), None),
        });
    }
}
