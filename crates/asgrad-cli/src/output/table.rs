//! Tables: aligned text, Markdown, CSV.

use crate::args::Format;

/// Rows of text under headers.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(headers: &[&str]) -> Self {
        Self {
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.headers.len(), "one cell for each header");
        self.rows.push(row);
    }

    pub(crate) fn headers(&self) -> &[String] {
        &self.headers
    }

    pub(crate) fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Only these columns, in this order.
    #[must_use]
    pub(crate) fn columns(&self, headers: &[&str]) -> Self {
        let position = |header: &&str| self.headers.iter().position(|known| known == header);
        let positions: Vec<_> = headers.iter().filter_map(position).collect();
        let pick = |row: &Vec<String>| positions.iter().map(|&p| row[p].clone()).collect();
        Self {
            headers: pick(&self.headers),
            rows: self.rows.iter().map(pick).collect(),
        }
    }

    /// As text. JSON has its own form and is printed as a text table here.
    pub(crate) fn render(&self, format: Format) -> String {
        match format {
            Format::Table | Format::Json => self.text(),
            Format::Markdown => self.markdown(true),
            Format::Csv => self.csv(true),
        }
    }

    /// The rows alone, for CSV and Markdown that goes on.
    pub(crate) fn render_rows(&self, format: Format) -> String {
        match format {
            Format::Markdown => self.markdown(false),
            Format::Csv => self.csv(false),
            _ => self.text(),
        }
    }

    /// The first column to the left, numbers to the right.
    fn text(&self) -> String {
        let all = || std::iter::once(&self.headers).chain(&self.rows);
        let width = |column: usize| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.headers.len()).map(width).collect();
        let mut text = String::new();
        for row in all() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - cell.chars().count());
                let cell = if column == 0 {
                    format!("{cell}{padding}")
                } else {
                    format!("  {padding}{cell}")
                };
                line += &cell;
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    fn markdown(&self, with_header: bool) -> String {
        let line = |row: &[String]| format!("| {} |\n", row.join(" | "));
        let mut text = String::new();
        if with_header {
            text += &line(&self.headers);
            text += &format!(
                "|---|{}\n",
                "---:|".repeat(self.headers.len().saturating_sub(1))
            );
        }
        text + &self.rows.iter().map(|row| line(row)).collect::<String>()
    }

    fn csv(&self, with_header: bool) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = with_header.then_some(&self.headers);
        for row in header.into_iter().chain(&self.rows) {
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
    fn text_is_aligned_by_characters_not_bytes() {
        assert_eq!(
            table().render(Format::Table),
            "method       loss\npure    0.5 ± 0.1\na,b             2\n"
        );
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
