//! The timelines of a comparison: one a method, all of the same time.

use std::collections::BTreeSet;
use std::path::Path;

use explain::tables::{Format, Table};
use explain::{Activity, Span, Timeline};

use crate::ReportError;
use crate::figure::{Paint, page_svg, timeline, timeline_data, write, write_scene};
use crate::group::Group;
use crate::text::escape;

/// The timelines of a comparison.
pub(crate) struct FirstMoments<'a> {
    /// The name of each figure, its title, and what it shows.
    timelines: Vec<(String, String, &'a Timeline)>,
    /// Seconds shown: what is known of all.
    end: f64,
}

impl<'a> FirstMoments<'a> {
    /// Of the first run of each method.
    pub(crate) fn of(prefix: &str, groups: &'a [Group]) -> Self {
        let one = |group: &'a Group| {
            let name = format!("{prefix}-timeline-{}", group.slug);
            let name = name.trim_start_matches('-').to_owned();
            let timeline = &group.first().explained.timeline;
            let title = match group.first().n_workers() {
                all if all > timeline.workers => {
                    format!(
                        "{}, the first {} of {all} workers",
                        group.name, timeline.workers
                    )
                }
                _ => group.name.clone(),
            };
            (name, title, timeline)
        };
        let timelines: Vec<_> = groups
            .iter()
            .map(one)
            .filter(|(.., timeline)| !timeline.spans.is_empty() && !timeline.until.is_zero())
            .collect();
        let ends = timelines.iter().map(|(.., timeline)| timeline.until);
        let end = ends.min().unwrap_or_default().as_secs_f64();
        Self { timelines, end }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.timelines.is_empty()
    }

    /// What workers are at in them, in the order in which it is shown.
    pub(crate) fn activities(&self) -> impl Iterator<Item = Activity> {
        let spans = self
            .timelines
            .iter()
            .flat_map(|(.., timeline)| &timeline.spans);
        let shown: BTreeSet<_> = spans
            .filter(|span| span.from.as_secs_f64() < self.end)
            .map(|span| span.activity)
            .collect();
        Activity::ALL
            .into_iter()
            .filter(move |activity| shown.contains(activity) && *activity != Activity::Idle)
    }

    /// As figures in the page.
    pub(crate) fn html(&self) -> String {
        let figure = |(id, title, shown): &(String, String, &Timeline)| {
            let drawing = timeline(id, shown, self.end, Paint::Page);
            let description = "A lane for the server and one for each worker, over time.";
            let svg = page_svg(id, title, description, &drawing);
            let data = timeline_data(shown, self.end).unwrap_or_default();
            format!(
                "<figure class=\"timeline\" id=\"{id}\"><figcaption><b>{}</b></figcaption>\
                 <div class=\"plot\" tabindex=\"0\">{svg}</div><script type=\"application/json\">{data}</script></figure>\n",
                escape(title)
            )
        };
        self.timelines.iter().map(figure).collect()
    }

    /// As files; says how many.
    pub(crate) fn write(&self, folder: &Path) -> Result<usize, ReportError> {
        for (id, _, shown) in &self.timelines {
            write_scene(id, &timeline(id, shown, self.end, Paint::Paper), folder)?;
            let table = table(shown).render(Format::Csv);
            write(folder, id, "csv", table.as_bytes())?;
        }
        Ok(self.timelines.len())
    }
}

/// Every span, one a row.
fn table(timeline: &Timeline) -> Table {
    let mut table = Table::default();
    let mut column = |header: &str, cell: &dyn Fn(&Span) -> String| {
        table.push_column(header, timeline.spans.iter().map(cell));
    };
    column("worker", &|it| it.worker.to_string());
    column("activity", &|it| it.activity.name().to_owned());
    column("from", &|it| it.from.as_secs_f64().to_string());
    column("to", &|it| it.to.as_secs_f64().to_string());
    column("job", &|it| {
        it.job.map_or_else(String::new, |job| job.to_string())
    });
    table
}
