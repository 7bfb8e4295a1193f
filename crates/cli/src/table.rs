//! Tables for a terminal, aligned by what a character takes there: a Chinese one takes two cells.

use crate::printable::printable;
use unicode_width::UnicodeWidthStr;

/// A table of text.
#[derive(Debug, Clone)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    numeric: Vec<bool>,
}

impl Table {
    /// A table with its headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self {
            headings: headings
                .iter()
                .map(|heading| (*heading).to_owned())
                .collect(),
            rows: Vec::new(),
            numeric: vec![false; N],
        }
    }

    /// Sets a column flush right.
    #[must_use]
    pub fn right(mut self, column: usize) -> Self {
        if let Some(numeric) = self.numeric.get_mut(column) {
            *numeric = true;
        }
        self
    }

    /// Adds a row of printable cells; an empty one is shown as `-`.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        let shown = |cell: String| {
            if cell.is_empty() {
                "-".to_owned()
            } else {
                printable(&cell).into_owned()
            }
        };
        self.rows.push(cells.into_iter().map(shown).collect());
    }

    /// The lines.
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut lines = vec![
            self.render_row(&self.headings, &widths),
            self.render_row(&rule, &widths),
        ];
        lines.extend(self.rows.iter().map(|row| self.render_row(row, &widths)));
        lines
    }

    fn widths(&self) -> Vec<usize> {
        let column = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells
                .chain(self.headings.get(at))
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        };
        (0..self.headings.len()).map(column).collect()
    }

    fn render_row(&self, cells: &[String], widths: &[usize]) -> String {
        let padded = cells
            .iter()
            .zip(widths)
            .zip(&self.numeric)
            .map(|((cell, width), numeric)| {
                let space = " ".repeat(width.saturating_sub(cell.width()));
                if *numeric {
                    format!("{space}{cell}")
                } else {
                    format!("{cell}{space}")
                }
            });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_where_chinese_characters_take_two_cells() {
        let mut table = Table::new(["序号", "事件", "note"]).right(0);
        table.row(["1".into(), "签收申报书".into(), "x".into()]);
        table.row(["10".into(), "ok".into(), String::new()]);
        let expected = "序号  事件        note\n────  ──────────  ────\n   1  签收申报书  x\n  10  ok          -";
        assert_eq!(table.lines().join("\n"), expected);
    }

    #[test]
    fn a_cell_is_as_wide_as_it_is_shown_and_never_two_lines() {
        let mut table = Table::new(["姓名", "n"]);
        table.row(["张\n三\u{202e}".into(), "1".into()]);
        table.row(["李四".into(), "2".into()]);
        assert_eq!(
            table.lines()[2..],
            ["张\\n三\\u{202e}  1", "李四            2"]
        );
    }
}
