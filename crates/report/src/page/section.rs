//! One comparison: result, table, figures, findings.

use super::figures::{figure, grid, legend, legend_of};
use super::first_moments::FirstMoments;
use super::table::{list, table};
use super::{findings, summary};
use crate::contents::Section;
use crate::figure::Ink;
use crate::group::Group;
use crate::plots;
use crate::text::escape;

pub(crate) fn html(section: &Section) -> String {
    let comparison = &section.comparison;
    let mut html = match section.prefix.as_str() {
        "" => "<section>".to_owned(),
        prefix => format!("<section id=\"{prefix}\">"),
    };
    if !comparison.title.is_empty() {
        html += &format!("<h2>{}</h2>", escape(&comparison.title));
    }
    if !comparison.warning.is_empty() {
        html += &format!("<p class=\"warning\">{}</p>", escape(&comparison.warning));
    }
    if !comparison.sentence.is_empty() {
        html += &format!("<p class=\"result\">{}</p>", escape(&comparison.sentence));
    }
    html += &list(&comparison.about);
    html += &if comparison.rows.is_empty() {
        let summary = summary::table(&section.groups);
        table(summary.headers(), summary.rows())
    } else {
        table(&comparison.headers, &comparison.rows)
    };
    html += &truncated(&section.groups);
    html += &progress(section);
    html += &staleness(section);
    html += &shares(section);
    html += &time(section);
    html += &first_moments(section);
    html += &findings(&section.groups);
    html + "</section>\n"
}

/// Names the runs whose traces were cut.
fn truncated(groups: &[Group]) -> String {
    let runs = groups.iter().flat_map(|group| &group.runs);
    let cut: Vec<_> = runs
        .filter(|run| run.stop().is_none())
        .map(|run| escape(&run.path))
        .collect();
    if cut.is_empty() {
        String::new()
    } else {
        format!(
            "<p class=\"warning\"><b>Truncated.</b> These runs were killed or their files cut; they are shown as far as \
             they go, and are no part of means where others are whole: {}.</p>",
            cut.join(", ")
        )
    }
}

fn method_legend(groups: &[Group]) -> String {
    let entry = |(index, group): (usize, &Group)| {
        let name = format!("{} ({})", group.name, group.seeds());
        (name, Ink::Method(index), true)
    };
    legend(groups.iter().enumerate().map(entry))
}

fn progress(section: &Section) -> String {
    let figures = plots::curves(&section.prefix, &section.groups);
    let heading = "<h3>How fast does each method get there?</h3>";
    if figures.is_empty() {
        return format!(
            "{heading}<p>These runs have no loss: they were runs of the schedule alone, or nothing was evaluated.</p>"
        );
    }
    let repeated = section.groups.iter().any(|group| group.runs.len() > 1);
    let spread = if repeated {
        "<p class=\"lead\">Lines are means over the seeds; bands reach from the lowest seed to the highest. Between \
             evaluations runs are interpolated along straight lines, and a line ends where the first of its runs does.</p>"
    } else {
        ""
    };
    let diverged = figures.iter().any(|figure| figure.has_ending());
    let cross = if diverged {
        "<p class=\"lead\">A line ends with × where a run diverged or climbed ten times above the start.</p>"
    } else {
        ""
    };
    let legend = method_legend(&section.groups);
    format!("{heading}{spread}{cross}{legend}{}", grid(&figures))
}

fn staleness(section: &Section) -> String {
    let figures = plots::staleness(&section.prefix, &section.groups);
    format!(
        "<h3>How stale are the gradients?</h3><p class=\"lead\">While a worker computes, others go on updating the model. \
         The staleness of a gradient is the number of updates between the version it was computed at and the version it \
         arrives at. 0 is fresh; long tails to the right are what asynchronous methods have to live with.</p>{}{}",
        grid(&figures),
        concurrency(section)
    )
}

fn concurrency(section: &Section) -> String {
    match plots::concurrency(&section.prefix, &section.groups) {
        None => String::new(),
        Some(jobs) => format!(
            "<h4>Jobs outstanding</h4>{}<div class=\"alone\">{}</div>",
            method_legend(&section.groups),
            figure(&jobs)
        ),
    }
}

fn shares(section: &Section) -> String {
    let figures = plots::shares(&section.prefix, &section.groups);
    let known = figures.iter().any(|figure| figure.series.len() > 1);
    let blocks = figures.iter().any(|figure| !figure.caption.is_empty());
    let bar = if blocks {
        "Each bar is the share of the updates of a worker, or of neighbours together where there are too many for a bar each."
    } else {
        "Each bar is a worker's share of the updates."
    };
    let data = if known {
        " The line is the share of the data. Where bars and lines differ much, the method minimises something else \
                  than the mean over all data."
    } else {
        ""
    };
    format!(
        "<h3>Who contributes how much?</h3><p class=\"lead\">{bar}{data}</p>{}",
        grid(&figures)
    )
}

fn time(section: &Section) -> String {
    let totals = plots::totals(&section.prefix, &section.groups);
    let per_worker = section
        .groups
        .iter()
        .map(|group| plots::per_worker(&section.prefix, group));
    let per_worker: Vec<_> = per_worker.collect();
    format!(
        "<h3>Where does the time go?</h3><p class=\"lead\">All of a worker's time is one of these. Idle workers wait: for \
         the slowest worker where the method is synchronous, for a job where the next worker is chosen without asking who is \
         free. A method that gives every sender its next job at once has no idle workers.</p>{}{}<p class=\"lead\">Computing is the \
         time inside the gradient; injected is the wait that makes up for the rest of an emulated compute time; download and \
         upload are the emulated ways of model and gradient. Serving is work for the server, done by whoever has just finished; \
         hand-over is the time from being given a job to taking it up.</p>\
         <details><summary>Each worker</summary>{}</details>",
        legend_of(&totals),
        figure(&totals),
        grid(&per_worker)
    )
}

fn first_moments(section: &Section) -> String {
    let moments = FirstMoments::of(&section.prefix, &section.groups);
    if moments.is_empty() {
        return String::new();
    }
    let activities = moments.activities().map(|activity| {
        let name = activity.name().to_owned();
        (name, Ink::Activity(activity), false)
    });
    format!(
        "<h3>The first moments</h3><p class=\"lead\">Each lane is a worker, from left to right in time, and empty where the worker is idle; each stroke on \
         the server's lane is an update of the model. Point at a job to see which version it was computed at and which one \
         it made. To look closer: the buttons, dragging, Ctrl and the wheel, or with the keyboard + − 0 and the arrows. All \
         methods show the same time.</p>{}<div class=\"zoomable\">\
         <p class=\"tools\" role=\"group\" aria-label=\"zoom\"><button type=\"button\" data-zoom=\"in\">closer</button> \
         <button type=\"button\" data-zoom=\"out\">further</button> <button type=\"button\" data-zoom=\"all\">all</button></p>\
         {}</div>",
        legend(activities),
        moments.html()
    )
}

fn findings(groups: &[Group]) -> String {
    let of = |group: &Group| {
        let findings = findings::of(group.first());
        let items: String = findings
            .iter()
            .map(|one| format!("<li>{}</li>", escape(one)))
            .collect();
        format!(
            "<div><h4>{}</h4><ul>{items}</ul></div>",
            escape(&group.name)
        )
    };
    let all: String = groups.iter().map(of).collect();
    let which = if groups.iter().any(|group| group.runs.len() > 1) {
        "<p class=\"lead\">Of the first seed of each method.</p>"
    } else {
        ""
    };
    format!("<h3>What else is worth knowing</h3>{which}<div class=\"findings\">{all}</div>")
}
