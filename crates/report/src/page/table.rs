//! Tables, and lists of names and values.

use crate::text::escape;

/// A table that scrolls in a box of its own. The first column names the row.
pub(crate) fn table(headers: &[String], rows: &[Vec<String>]) -> String {
    let head: String = headers
        .iter()
        .map(|header| format!("<th scope=\"col\">{}</th>", escape(header)))
        .collect();
    let row = |row: &Vec<String>| {
        let cell = |(column, text): (usize, &String)| match column {
            0 => format!("<th scope=\"row\">{}</th>", escape(text)),
            _ => format!("<td>{}</td>", escape(text)),
        };
        let cells: String = row.iter().enumerate().map(cell).collect();
        format!("<tr>{cells}</tr>")
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"table\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

/// Names and values.
pub(crate) fn list(entries: &[(String, String)]) -> String {
    let entry = |(name, value): &(String, String)| {
        format!(
            "<div><dt>{}</dt><dd>{}</dd></div>",
            escape(name),
            escape(value)
        )
    };
    let entries: String = entries.iter().map(entry).collect();
    format!("<dl>{entries}</dl>")
}
