//! Aligned text.

use std::fmt;

/// Rows of text under headers. Shown, the first column is to the left and the others to the right.
///
/// # Examples
/// ```
/// use asgrad::tables::Table;
///
/// let mut table = Table::new(&["method", "loss"]);
/// table.push(vec!["pure".to_owned(), "0.5".to_owned()]);
/// assert_eq!(table.to_string(), "method  loss\npure     0.5\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// No rows under these headers.
    #[must_use]
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

    /// What the columns are.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The cells, row by row.
    #[must_use]
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Only these columns, in this order.
    #[must_use]
    pub fn columns(&self, headers: &[&str]) -> Self {
        let position = |header: &&str| self.headers.iter().position(|known| known == header);
        let positions: Vec<_> = headers.iter().filter_map(position).collect();
        let pick = |row: &Vec<String>| positions.iter().map(|&p| row[p].clone()).collect();
        Self {
            headers: pick(&self.headers),
            rows: self.rows.iter().map(pick).collect(),
        }
    }
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

    #[test]
    fn text_is_aligned_by_characters_not_bytes() {
        let mut table = Table::new(&["method", "loss"]);
        table.push(vec!["pure".to_owned(), "0.5 ± 0.1".to_owned()]);
        table.push(vec!["a,b".to_owned(), "2".to_owned()]);
        let text = table.to_string();
        assert_eq!(
            text,
            "method       loss\npure    0.5 ± 0.1\na,b             2\n"
        );
    }
}
