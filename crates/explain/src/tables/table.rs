//! Tables: aligned text, Markdown, CSV.

use std::fmt;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Text,
    /// A table of Markdown.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// A `tabular` of LaTeX with the rules of booktabs.
    Latex,
}

/// Rows of text under headers. Shown, the first column is to the left and the others to the right.
///
/// # Examples
/// ```
/// use asgrad::explain::tables::Table;
///
/// let mut table = Table::new(&["method", "loss"]);
/// table.push(vec!["pure".to_owned(), "0.5".to_owned()]);
/// assert_eq!(table.to_string(), "method  loss\npure     0.5\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headers and no rows.
    pub fn new(headers: &[&str]) -> Self {
        Self {
            headers: headers.iter().map(|&header| header.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not one cell for each header.
    pub fn push(&mut self, row: Vec<String>) {
        assert_eq!(row.len(), self.headers.len(), "one cell for each header");
        self.rows.push(row);
    }

    /// Adds a column to the right; the first one decides how many rows there are.
    ///
    /// # Panics
    /// If it has not one cell for each row.
    pub fn push_column(&mut self, header: &str, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().collect();
        if self.headers.is_empty() {
            self.rows = vec![Vec::new(); cells.len()];
        }
        assert_eq!(cells.len(), self.rows.len(), "one cell for each row");
        self.headers.push(header.to_owned());
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
    }

    /// With one more column, the first, which says the same in each row.
    #[must_use]
    pub fn labelled(mut self, header: &str, cell: &str) -> Self {
        self.headers.insert(0, header.to_owned());
        for row in &mut self.rows {
            row.insert(0, cell.to_owned());
        }
        self
    }

    /// Adds the rows of another table.
    ///
    /// # Panics
    /// If its columns are others.
    pub fn append(&mut self, other: Self) {
        if self.headers.is_empty() {
            self.headers.clone_from(&other.headers);
        }
        assert_eq!(self.headers, other.headers, "the same columns");
        self.rows.extend(other.rows);
    }

    /// The headers of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The cells, row by row.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// The table, written in this format.
    pub fn render(&self, format: Format) -> String {
        let columns = self.headers.len().saturating_sub(1);
        match format {
            Format::Text => self.to_string(),
            Format::Markdown => {
                let rule = format!("|---|{}\n", "---:|".repeat(columns));
                markdown(&self.headers) + &rule + &self.continued(format)
            }
            Format::Csv => csv(std::slice::from_ref(&self.headers)) + &self.continued(format),
            Format::Latex => format!(
                "\\begin{{tabular}}{{l{}}}\n\\toprule\n{}\\midrule\n{}\\bottomrule\n\\end{{tabular}}\n",
                "r".repeat(columns),
                latex(&self.headers),
                self.continued(format)
            ),
        }
    }

    /// The rows, to be written below that of a table with the same columns: without headers, but
    /// for aligned text.
    pub fn continued(&self, format: Format) -> String {
        match format {
            Format::Text => self.to_string(),
            Format::Markdown => self.rows.iter().map(|row| markdown(row)).collect(),
            Format::Csv => csv(&self.rows),
            Format::Latex => self.rows.iter().map(|row| latex(row)).collect(),
        }
    }
}

fn latex(row: &[String]) -> String {
    let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
    format!("{} \\\\\n", cells.join(" & "))
}

/// With what means something to LaTeX, or is in none of its usual fonts, as commands.
fn escaped(cell: &str) -> String {
    let mut text = String::new();
    for character in cell.chars() {
        match character {
            '%' | '&' | '#' | '_' | '$' | '{' | '}' => text.extend(['\\', character]),
            '\\' => text += r"\textbackslash{}",
            '~' => text += r"\textasciitilde{}",
            '^' => text += r"\textasciicircum{}",
            '±' => text += r"$\pm$",
            '≤' => text += r"$\le$",
            '–' => text += "--",
            _ => text.push(character),
        }
    }
    text
}

fn markdown(row: &[String]) -> String {
    format!("| {} |\n", row.join(" | "))
}

/// As in RFC 4180, but for line feeds alone at the ends of records.
fn csv(rows: &[Vec<String>]) -> String {
    let field = |cell: &String| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let record = |row: &Vec<String>| row.iter().map(field).collect::<Vec<_>>().join(",") + "\n";
    rows.iter().map(record).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = || std::iter::once(&self.headers).chain(&self.rows);
        let width = |column: usize| {
            all()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.headers.len()).map(width).collect();
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
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
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
    fn latex_has_the_rules_of_booktabs_and_no_character_that_means_something_else() {
        let mut table = table();
        table.push(vec!["100 % of_a".to_owned(), r"\x^2 ≤ 3–4".to_owned()]);
        let rows = r"method & loss \\
\midrule
pure & 0.5 $\pm$ 0.1 \\
a,b & 2 \\
100 \% of\_a & \textbackslash{}x\textasciicircum{}2 $\le$ 3--4 \\
";
        let expected =
            format!("\\begin{{tabular}}{{lr}}\n\\toprule\n{rows}\\bottomrule\n\\end{{tabular}}\n");
        assert_eq!(table.render(Format::Latex), expected);
    }

    #[test]
    fn markdown_has_a_rule_under_its_header() {
        let text = table().render(Format::Markdown);
        let rows = "| pure | 0.5 ± 0.1 |\n| a,b | 2 |\n";
        assert_eq!(text, format!("| method | loss |\n|---|---:|\n{rows}"));
    }

    #[test]
    fn tables_of_the_same_columns_go_on_below_one_another() {
        let mut both = Table::default();
        both.append(table().labelled("run", "1"));
        both.append(table().labelled("run", "2"));
        assert_eq!(both.headers(), ["run", "method", "loss"]);
        let again = table().labelled("run", "2").continued(Format::Csv);
        let text = table().labelled("run", "1").render(Format::Csv) + &again;
        assert_eq!(both.render(Format::Csv), text);
    }

    #[test]
    fn text_is_aligned_by_characters_not_bytes() {
        let text = table().to_string();
        assert_eq!(
            text,
            "method       loss\npure    0.5 ± 0.1\na,b             2\n"
        );
    }
}
