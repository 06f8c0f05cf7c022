//! Tables: aligned text, Markdown, CSV.

use asgrad::tables;

use crate::args::Format;

/// Rows of text under headers.
#[derive(Clone, Debug)]
pub(crate) struct Table(tables::Table);

impl From<tables::Table> for Table {
    fn from(table: tables::Table) -> Self {
        Self(table)
    }
}

impl Table {
    pub(crate) fn new(headers: &[&str]) -> Self {
        Self(tables::Table::new(headers))
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.0.push(row);
    }

    pub(crate) fn rows(&self) -> &[Vec<String>] {
        self.0.rows()
    }

    /// Only these columns, in this order.
    #[must_use]
    pub(crate) fn columns(&self, headers: &[&str]) -> Self {
        Self(self.0.columns(headers))
    }

    /// As text. JSON has its own form and is printed as a text table here.
    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Table | Format::Json => self.0.to_string(),
            Format::Markdown => self.markdown(true),
            Format::Csv => self.csv(true),
        }
    }

    /// The rows alone, for CSV and Markdown that goes on.
    pub(crate) fn render_rows(&self, format: Format) -> String {
        match format {
            Format::Markdown => self.markdown(false),
            Format::Csv => self.csv(false),
            _ => self.0.to_string(),
        }
    }

    fn markdown(&self, with_header: bool) -> String {
        let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
        let (headers, rows) = (self.0.headers(), self.0.rows());
        let mut text = String::new();
        if with_header {
            text += &line(headers);
            text += &format!("|---|{}\n", "---:|".repeat(headers.len().saturating_sub(1)));
        }
        text + &rows.iter().map(|row| line(row)).collect::<String>()
    }

    fn csv(&self, with_header: bool) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = with_header.then_some(self.0.headers());
        for row in header
            .into_iter()
            .chain(self.0.rows().iter().map(Vec::as_slice))
        {
            writer
                .write_record(row)
                .expect("memory takes everything, and all rows are equally long");
        }
        let bytes = writer.into_inner().expect("memory takes everything");
        String::from_utf8(bytes).expect("made of strings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["method", "loss"]);
        table.push(vec!["pure".to_owned(), "0.5 ± 0.1".to_owned()]);
        table.push(vec!["a,b".to_owned(), "2".to_owned()]);
        table
    }

    #[test]
    fn csv_quotes_what_has_a_comma() {
        assert_eq!(
            table().render(Format::Csv),
            "method,loss\npure,0.5 ± 0.1\n\"a,b\",2\n"
        );
    }

    #[test]
    fn markdown_has_a_rule_under_its_header() {
        let text = table().columns(&["loss"]).render(Format::Markdown);
        assert_eq!(text, "| loss |\n|---|\n| 0.5 ± 0.1 |\n| 2 |\n");
    }
}
