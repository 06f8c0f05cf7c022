//! Figures in the page, with their legends and captions.

use crate::figure::{Figure, Ink, Mark, Paint, Size, dashes, hover_data, page_svg, scene};
use crate::text::escape;

/// A figure, with its title and caption.
pub(crate) fn figure(figure: &Figure) -> String {
    let (drawing, computed) = scene(figure, Paint::Page);
    let mut svg = page_svg(&figure.id, &figure.title, &figure.caption, &drawing);
    if let Size::Rows(rows) = figure.size {
        svg = format!("<div class=\"wide\">{svg}</div>{}", narrow(figure, rows));
    }
    let data = hover_data(figure, &computed).map_or_else(String::new, |json| {
        format!("<script type=\"application/json\">{json}</script>")
    });
    let (title, caption) = (escape(&figure.title), escape(&figure.caption));
    let caption = match (figure.size, caption.is_empty()) {
        (_, true) => String::new(),
        (Size::Small, false) => format!(" <span class=\"note\">{caption}</span>"),
        (_, false) => format!("<p>{caption}</p>"),
    };
    format!(
        "<figure class=\"{}\" id=\"{}\"><figcaption><b>{title}</b>{caption}</figcaption>\
         <div class=\"plot\">{svg}</div>{data}</figure>\n",
        figure.size.class(),
        figure.id
    )
}

/// Rows as a phone shows them.
fn narrow(figure: &Figure, rows: usize) -> String {
    let narrow = Figure {
        id: format!("{}-narrow", figure.id),
        size: Size::NarrowRows(rows),
        ..figure.clone()
    };
    let (drawing, _) = scene(&narrow, Paint::Page);
    let svg = page_svg(&narrow.id, &narrow.title, &narrow.caption, &drawing);
    format!("<div class=\"narrow\">{svg}</div>")
}

/// Figures side by side.
pub(crate) fn grid(figures: &[Figure]) -> String {
    let class = figures.first().map_or("half", |first| first.size.class());
    let columns = match figures.len() {
        3 | 5 | 6 | 9 => 3,
        _ => 4,
    };
    let figures: String = figures.iter().map(figure).collect();
    format!("<div class=\"grid {class}\" style=\"--columns:{columns}\">{figures}</div>")
}

/// What the colours and strokes stand for.
pub(crate) fn legend(entries: impl Iterator<Item = (String, Ink, bool)>) -> String {
    let entry = |(name, ink, is_line): (String, Ink, bool)| {
        let colour = ink.colour(Paint::Page);
        let dash = match ink {
            Ink::Method(index) => dashes(index, Paint::Page),
            _ => None,
        };
        let dash = dash.map_or_else(String::new, |dash| format!(" stroke-dasharray=\"{dash}\""));
        let swatch = if is_line {
            format!("<path d=\"M1 7H27\" stroke=\"{colour}\" stroke-width=\"2.5\"{dash}/>")
        } else {
            format!("<rect x=\"7\" y=\"1\" width=\"13\" height=\"12\" rx=\"2\" fill=\"{colour}\"/>")
        };
        format!(
            "<li><svg class=\"swatch\" viewBox=\"0 0 28 14\" aria-hidden=\"true\">{swatch}</svg>{}</li>",
            escape(&name)
        )
    };
    let entries: String = entries.map(entry).collect();
    format!("<ul class=\"legend\">{entries}</ul>")
}

/// The legend of a figure with one series a colour.
pub(crate) fn legend_of(figure: &Figure) -> String {
    legend(figure.series.iter().map(|series| {
        let is_line = !matches!(series.mark, Mark::Bars(_));
        (series.name.clone(), series.ink, is_line)
    }))
}
