//! The page: plain HTML, put together from pieces that are escaped where they come from somewhere
//! else.

mod figures;
mod findings;
mod first_moments;
mod reproduce;
mod section;
mod summary;
mod table;

pub(crate) use first_moments::FirstMoments;

use crate::contents::Report;
use crate::figure::style_sheet;
use crate::text::escape;

const STYLE: &str = include_str!("../../assets/report.css");
const SCRIPT: &str = include_str!("../../assets/report.js");

/// The whole page.
pub(crate) fn html(report: &Report) -> String {
    let title = title(report);
    let contents = contents(report);
    let sections: String = report.sections.iter().map(section::html).collect();
    let reproduce = reproduce::html(report);
    let variables = style_sheet();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"generator\" content=\"asgrad\">\
         <title>{title}</title><style>{variables}{STYLE}</style></head>\n<body>\
         <header class=\"top\"><div><p class=\"kicker\">asgrad report</p><h1>{title}</h1></div>\
         <button type=\"button\" id=\"theme\" aria-label=\"switch between light and dark\">light or dark</button></header>\n\
         {contents}<main>{sections}{reproduce}</main>\n\
         <div id=\"tip\" role=\"status\" hidden></div><script>{SCRIPT}</script></body></html>\n"
    )
}

fn title(report: &Report) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for group in report.sections.iter().flat_map(|section| &section.groups) {
        if !methods.contains(&group.name.as_str()) {
            methods.push(&group.name);
        }
    }
    match methods[..] {
        [one] => escape(one),
        [one, other] => escape(&format!("{one} and {other}")),
        _ => escape(&format!("{} methods compared", methods.len())),
    }
}

/// Where to find what, if there is more than one comparison.
fn contents(report: &Report) -> String {
    if report.sections.len() < 2 {
        return String::new();
    }
    let entry = |section: &crate::contents::Section| {
        let title = escape(&section.comparison.title);
        format!("<a href=\"#{}\">{title}</a>", section.prefix)
    };
    let entries: String = report.sections.iter().map(entry).collect();
    format!("<nav aria-label=\"comparisons\">{entries}</nav>")
}
