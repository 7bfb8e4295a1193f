//! Tables of history: the columns that the runtime adds, and rows that begin and end.

use super::{Column, ColumnType, Source, Table};
use crate::value::{Row, Value};
use docket_domain::Category;
use docket_domain::time::Instant;

/// What the runtime adds behind the columns of a table of history. Before them, as the end of the
/// key, stands `from_position`.
const BEHIND: [(&str, ColumnType, bool); 3] = [
    ("from_at", ColumnType::Instant, false),
    ("to_position", ColumnType::Int, true),
    ("to_at", ColumnType::Instant, true),
];

impl Table {
    /// A table of the rows a stream ever asked for, each with the range in which it held:
    /// `from_position` and `from_at` are those of the event that made it so, `to_position` and
    /// `to_at` of the one that ended it, empty while it holds. Positions decide: a row holds at
    /// position `p` when `from_position <= p < to_position`.
    ///
    /// The runtime adds these four columns; the projector hands out rows without them.
    pub fn of_history(
        name: &'static str,
        category: Category,
        owner: &'static str,
        kind: ColumnType,
    ) -> Table {
        let mut table = Table::new(name, category, Source::History, owner, kind);
        let behind = BEHIND.map(|(name, kind, optional)| Column {
            name,
            kind,
            optional,
        });
        table.columns.push(Column {
            name: "from_position",
            kind: ColumnType::Int,
            optional: false,
        });
        table.columns.extend(behind);
        table.key = 2;
        table
    }

    /// How many columns of the key are the projector's.
    pub(super) fn keys(&self) -> usize {
        self.key - usize::from(self.source == Source::History)
    }

    /// The place behind the last column of the projector.
    pub(super) fn end(&self) -> usize {
        self.columns.len() - self.behind()
    }

    fn behind(&self) -> usize {
        match self.source {
            Source::History => BEHIND.len(),
            Source::State | Source::Event => 0,
        }
    }

    /// The columns that a projector's rows have cells for.
    pub(super) fn asked(&self) -> impl Iterator<Item = &Column> {
        let keys = &self.columns[..self.keys()];
        keys.iter().chain(&self.columns[self.key..self.end()])
    }

    /// How many those are.
    pub(super) fn cells(&self) -> usize {
        self.keys() + self.end() - self.key
    }

    /// A row of history from where it begins.
    pub(crate) fn opened(&self, asked: &[Value], position: u64, at: Instant) -> Row {
        let (key, rest) = asked.split_at(self.keys());
        let mut row = Row::with_capacity(self.columns.len());
        row.extend_from_slice(key);
        row.push(position.into());
        row.extend_from_slice(rest);
        row.extend([at.into(), Value::Null, Value::Null]);
        row
    }

    /// Ends a row of history, or lets it go on.
    pub(crate) fn end_at(&self, row: &mut Row, end: Option<(u64, Instant)>) {
        let place = self.end() + 1;
        let (position, at) = end.unzip();
        row[place] = position.into();
        row[place + 1] = at.into();
    }

    /// Where a row of history begins, and where it ends if it does.
    pub(crate) fn range(&self, row: &Row) -> (Option<u64>, Option<u64>) {
        let number = |value: &Value| match value {
            Value::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        };
        (number(&row[self.keys()]), number(&row[self.end() + 1]))
    }

    /// The key of a row of history as its projector knows it.
    pub(crate) fn asked_key<'a>(&self, row: &'a Row) -> &'a [Value] {
        &row[..self.keys()]
    }

    /// Whether a row of history says what a projector asks for.
    pub(crate) fn says(&self, row: &Row, asked: &[Value]) -> bool {
        let (key, rest) = asked.split_at(self.keys());
        row[..self.keys()] == *key && row[self.key..self.end()] == *rest
    }
}
