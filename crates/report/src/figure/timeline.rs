//! The first moments of a run: a lane for the server, one for each worker, and what was going on
//! when.

use std::collections::BTreeMap;

use explain::{Activity, RecordedArrival, Span, Timeline};
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};
use ps_core::Version;
use serde::Serialize;

use super::primitive::{group, rect, text};
use super::{Ink, Paint, tick_distance};
use crate::text::script_json;
use explain::tables::number::printed;

/// Width of the drawing, and its margins, in units of about a pixel.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 82.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 8.0;
/// Height of text, in the same units.
const TEXT: u32 = 12;
/// Height of the server's lane, in units of the drawing.
const SERVER: f64 = 26.0;

/// A timeline on paper or in the page.
pub(crate) struct Drawing<'a> {
    /// Its name in the page and as a file.
    id: &'a str,
    timeline: &'a Timeline,
    /// Seconds shown.
    end: f64,
    paint: Paint,
    scene: Scene,
}

/// What the page's script needs to follow a job from the version it read to the version it made.
#[derive(Serialize)]
struct Data {
    /// Left, top, right and bottom of the plot area.
    r#box: [f64; 4],
    end: f64,
    /// Where the server's lane is, and the height of a worker's.
    server: f64,
    lane: f64,
    workers: usize,
    jobs: BTreeMap<u64, Job>,
}

#[derive(Serialize)]
struct Job {
    worker: usize,
    assigned: f64,
    arrived: f64,
    /// The version that it was computed at, and when that was made.
    read: (u64, f64),
    /// The version on arrival.
    version: u64,
    action: &'static str,
    /// The version that it was part of, and when that was made.
    made: Option<(u64, f64)>,
}

/// Draws a timeline up to `end`, in seconds.
pub(crate) fn timeline(id: &str, timeline: &Timeline, end: f64, paint: Paint) -> Scene {
    let height = match paint {
        Paint::Page => bottom(timeline) + 42.0,
        Paint::Paper => bottom(timeline) + 70.0,
    };
    let mut drawing = Drawing {
        id,
        timeline,
        end,
        paint,
        scene: Scene::new(WIDTH, height),
    };
    drawing.scene.font_family = Some("sans-serif".to_owned());
    drawing.scene.text_color = Some(Ink::Text.colour(paint));
    if paint == Paint::Page {
        drawing.scene.background_color = None;
    }
    drawing.lanes();
    drawing.moving();
    drawing.ticks();
    if paint == Paint::Paper {
        drawing.legend();
    }
    drawing.scene
}

/// The jobs of a timeline as JSON.
pub(crate) fn timeline_data(timeline: &Timeline, end: f64) -> Option<String> {
    let made = versions(timeline);
    let when = |version: Version| (version.number(), made.get(&version).copied().unwrap_or(0.0));
    let job = |arrival: &RecordedArrival| {
        let job = Job {
            worker: arrival.worker.index(),
            assigned: arrival.assigned.as_secs_f64(),
            arrived: arrival.time.as_secs_f64(),
            read: when(arrival.read_version),
            version: arrival.version.number(),
            action: arrival.action.word(),
            made: arrival.made.map(when),
        };
        (arrival.job.number(), job)
    };
    script_json(&Data {
        r#box: [LEFT, TOP, RIGHT, bottom(timeline)],
        end,
        server: TOP + SERVER / 2.0,
        lane: lane_height(timeline),
        workers: timeline.workers,
        jobs: timeline.arrivals.iter().map(job).collect(),
    })
}

/// When each version was made: by the last of the gradients that it is made of.
fn versions(timeline: &Timeline) -> BTreeMap<Version, f64> {
    let made = timeline.arrivals.iter();
    made.filter_map(|arrival| Some((arrival.made?, arrival.time.as_secs_f64())))
        .collect()
}

/// Many workers have narrow lanes.
fn lane_height(timeline: &Timeline) -> f64 {
    if timeline.workers <= 16 { 18.0 } else { 13.0 }
}

fn bottom(timeline: &Timeline) -> f64 {
    TOP + SERVER + lane_height(timeline) * timeline.workers as f64
}

fn top_of(timeline: &Timeline, worker: usize) -> f64 {
    TOP + SERVER + lane_height(timeline) * worker as f64
}

impl Drawing<'_> {
    fn colour(&self, ink: Ink) -> Color {
        Color::from(ink.colour(self.paint))
    }

    /// Names and empty lanes, which do not move.
    fn lanes(&mut self) {
        let middle = TOP + SERVER / 2.0;
        self.text([LEFT - 8.0, middle + 4.0], "server", TextAnchor::End);
        self.rect([LEFT, middle - 0.5, RIGHT - LEFT, 1.0], Ink::Muted);
        let height = lane_height(self.timeline);
        for worker in 0..self.timeline.workers {
            let top = top_of(self.timeline, worker);
            self.rect([LEFT, top + 2.0, RIGHT - LEFT, height - 4.0], Ink::Grid);
            if height > 14.0 || worker % 2 == 0 {
                let name = format!("worker {worker}");
                let at = [LEFT - 8.0, top + height / 2.0 + 4.0];
                self.text(at, &name, TextAnchor::End);
            }
        }
    }

    /// What moves when the reader zooms: spans and updates.
    fn moving(&mut self) {
        let clip = format!("{}-clip", self.id);
        let (width, height) = (RIGHT - LEFT, bottom(self.timeline) - TOP);
        self.scene.defs.push(format!(
            "<clipPath id=\"{clip}\"><rect x=\"{LEFT}\" y=\"{TOP}\" width=\"{width}\" height=\"{height}\"/></clipPath>"
        ));
        self.scene.add(Primitive::ClipStart {
            x: LEFT,
            y: TOP,
            width,
            height,
            id: clip,
        });
        self.open("class=\"zoom\"");
        let spans = self.timeline.spans.iter();
        let shown = spans
            .filter(|span| span.activity != Activity::Idle && span.from.as_secs_f64() < self.end);
        let mut by_job = BTreeMap::<Option<u64>, Vec<&Span>>::new();
        for span in shown {
            let job = span.job.map(|job| job.number());
            by_job.entry(job).or_default().push(span);
        }
        for (job, spans) in by_job {
            match job {
                Some(job) => self.open(&format!("data-job=\"{job}\"")),
                None => self.open("class=\"own\""),
            }
            spans.into_iter().for_each(|span| self.span(span));
            self.scene.add(Primitive::GroupEnd);
        }
        self.updates();
        self.scene.add(Primitive::GroupEnd);
        self.scene.add(Primitive::ClipEnd);
    }

    fn span(&mut self, span: &Span) {
        let (from, to) = (
            self.x(span.from.as_secs_f64()),
            self.x(span.to.as_secs_f64()),
        );
        let top = top_of(self.timeline, span.worker.index()) + 2.0;
        let height = lane_height(self.timeline) - 4.0;
        // A hair's breadth is left between neighbours, as long as there is room for it.
        let gap = ((to - from) * 0.1).min(0.8);
        let area = [from, top, to - from - gap, height];
        self.rect(area, Ink::Activity(span.activity));
    }

    /// A stroke on the server's lane for each update.
    fn updates(&mut self) {
        let moments = versions(self.timeline).into_values();
        let mut d = String::new();
        for moment in moments.filter(|moment| *moment <= self.end) {
            let (x, middle) = (self.x(moment), TOP + SERVER / 2.0);
            d += &format!("M{x:.2} {:.1}V{:.1}", middle - 7.0, middle + 7.0);
        }
        self.open("class=\"updates\"");
        self.scene.add(Primitive::Path(Box::new(PathData {
            d,
            fill: None,
            stroke: self.colour(Ink::Text),
            stroke_width: 1.2,
            opacity: None,
            stroke_dasharray: None,
        })));
        self.scene.add(Primitive::GroupEnd);
    }

    /// The axis of time; the page's script draws it anew when the reader zooms.
    fn ticks(&mut self) {
        let bottom = bottom(self.timeline);
        let (factor, unit) = unit(self.end);
        self.open("class=\"ticks\"");
        let step = tick_distance(self.end * factor / 8.0);
        let mut tick = 0.0;
        while tick <= self.end * factor * 1.0001 {
            let x = self.x(tick / factor);
            self.rect([x - 0.5, bottom, 1.0, 4.0], Ink::Muted);
            self.text([x, bottom + 17.0], &printed(tick), TextAnchor::Middle);
            tick += step;
        }
        self.scene.add(Primitive::GroupEnd);
        let label = format!("time since the start, {unit}");
        let at = [(LEFT + RIGHT) / 2.0, bottom + 36.0];
        self.text(at, &label, TextAnchor::Middle);
    }

    /// What the colours stand for; the page has a legend of its own.
    fn legend(&mut self) {
        let y = bottom(self.timeline) + 60.0;
        let spans = self.timeline.spans.as_slice();
        let shown = Activity::ALL.into_iter().filter(|activity| {
            *activity != Activity::Idle && spans.iter().any(|span| span.activity == *activity)
        });
        for (index, activity) in shown.enumerate() {
            let x = LEFT + 110.0 * index as f64;
            self.rect([x, y - 10.0, 12.0, 12.0], Ink::Activity(activity));
            self.text([x + 18.0, y], activity.name(), TextAnchor::Start);
        }
    }

    fn x(&self, seconds: f64) -> f64 {
        LEFT + seconds / self.end * (RIGHT - LEFT)
    }

    fn open(&mut self, attributes: &str) {
        self.scene.add(group(None, Some(attributes.to_owned())));
    }

    fn text(&mut self, at: [f64; 2], content: &str, anchor: TextAnchor) {
        let colour = self.colour(Ink::Text);
        self.scene
            .add(text(at, content.to_owned(), TEXT, anchor, colour));
    }

    /// Left, top, width and height.
    fn rect(&mut self, area: [f64; 4], ink: Ink) {
        self.scene.add(rect(area, self.colour(ink)));
    }
}

/// The unit in which a number of seconds has few digits.
fn unit(seconds: f64) -> (f64, &'static str) {
    match seconds {
        _ if seconds >= 2.0 => (1.0, "s"),
        _ if seconds >= 2e-3 => (1e3, "ms"),
        _ => (1e6, "µs"),
    }
}
