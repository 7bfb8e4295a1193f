//! Which rows differ between two containers of the same rows.

use super::sums::{fetch_end, page_sum};
use super::{Handle, Result};
use crate::progress::Told;
use crate::statement;
use crate::table::Column;
use crate::value::{Row, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Differences that are named; the others are counted.
const NAMED: usize = 1_000;

/// A row that is not what it should be. It names the stream and the columns, never what they hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// The id of the stream it comes from, a declaration's for example; of a table of counts, what
    /// is counted.
    pub owner: String,
    /// In which way.
    pub what: Differs,
    /// The columns that differ, where the row is there on both sides.
    pub columns: Vec<&'static str>,
}

/// In which way a row is not what it should be: what stands is what answers or did, and what should
/// be is what the log asks for, folded again by whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Differs {
    /// The log asks for it, and it is not there.
    Missing,
    /// It is there, and the log does not ask for it.
    Extra,
    /// It says something else.
    Changed,
}

/// The rows that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Differences {
    /// The first of them, in the order of tables and keys.
    pub rows: Vec<Difference>,
    /// How many there are beside.
    pub more: u64,
    /// In how many rows each column differs, by table and column.
    pub columns: BTreeMap<String, u64>,
}

impl Differences {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64 + self.more
    }

    /// Adds those of another look.
    pub(crate) fn extend(&mut self, other: Differences) {
        other.rows.into_iter().for_each(|row| self.add(row));
        self.more += other.more;
        for (column, rows) in other.columns {
            *self.columns.entry(column).or_default() += rows;
        }
    }

    fn add(&mut self, difference: Difference) {
        match self.rows.len() < NAMED {
            true => self.rows.push(difference),
            false => self.more += 1,
        }
    }

    /// Notes how rows differ from what they should be. Both are of the same columns.
    pub(crate) fn note(&mut self, table: &Shape<'_>, should: Vec<Row>, stands: Vec<Row>) {
        let mut should = by_key(table, should);
        for (key, stands) in by_key(table, stands) {
            match should.remove(&key) {
                None => self.add(table.differs(&key, Differs::Extra)),
                Some(should) if should == stands => {}
                Some(should) => {
                    let columns = differing(table, &should, &stands);
                    for column in &columns {
                        let column = format!("{}.{column}", table.name);
                        *self.columns.entry(column).or_default() += 1;
                    }
                    self.add(Difference {
                        columns,
                        ..table.differs(&key, Differs::Changed)
                    });
                }
            }
        }
        for key in should.keys() {
            self.add(table.differs(key, Differs::Missing));
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference { table, owner, .. } = self;
        match self.what {
            Differs::Missing => write!(f, "{table}: a row of {owner} is missing"),
            Differs::Extra => write!(f, "{table}: a row of {owner} should not be there"),
            Differs::Changed => {
                write!(
                    f,
                    "{table}: a row of {owner} differs in {}",
                    self.columns.join(", ")
                )
            }
        }
    }
}

fn by_key(table: &Shape<'_>, rows: Vec<Row>) -> BTreeMap<Vec<Value>, Row> {
    rows.into_iter()
        .map(|row| (row[..table.key].to_vec(), row))
        .collect()
}

fn differing(table: &Shape<'_>, one: &Row, other: &Row) -> Vec<&'static str> {
    let columns = table.columns.iter().zip(one.iter().zip(other));
    columns
        .filter(|(_, (one, other))| one != other)
        .map(|(column, _)| column.name)
        .collect()
}

/// What is compared: a table, or a table of counts.
pub(crate) struct Shape<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) columns: Cow<'a, [Column]>,
    pub(crate) key: usize,
    /// Whether its key is what is counted, not a stream's id.
    pub(crate) counts: bool,
}

impl Shape<'_> {
    fn differs(&self, key: &[Value], what: Differs) -> Difference {
        Difference {
            table: self.name.to_string(),
            owner: self.owner(key),
            what,
            columns: Vec::new(),
        }
    }

    fn owner(&self, key: &[Value]) -> String {
        let parts = if self.counts { key } else { &key[..1] };
        let texts: Vec<String> = parts.iter().map(Value::plain).collect();
        texts.join(" ")
    }

    /// Gives cells the types of their columns: an engine may have no type for them.
    pub(crate) fn typed(&self, rows: &mut [Row]) {
        for row in rows {
            crate::table::typed(&self.columns, row);
        }
    }
}

/// Compares page by page, and reads only pages whose sums differ. The new side was folded from the
/// log just now: what the old one has differently is what is told, as a verification tells it.
pub(crate) async fn compare(
    old: &mut Handle<'_>,
    new: &mut Handle<'_>,
    table: &Shape<'_>,
    found: &mut Differences,
    told: Told<'_>,
) -> Result<()> {
    let mut after: Option<Value> = None;
    loop {
        let ends = [
            fetch_end(old, table, after.as_ref()).await?,
            fetch_end(new, table, after.as_ref()).await?,
        ];
        // The nearer one, so that a page is never long on either side.
        let end = ends.into_iter().flatten().min();
        let bounds = statement::bounds(after.as_ref(), end.as_ref());
        let olds = page_sum(old, table, &bounds).await?;
        let news = page_sum(new, table, &bounds).await?;
        told(olds.0 + news.0);
        if olds != news {
            let select = statement::page(table, &bounds);
            let (mut olds, mut news) = (old.select(&select).await?, new.select(&select).await?);
            table.typed(&mut olds);
            table.typed(&mut news);
            found.note(table, news, olds);
        }
        match end {
            Some(end) => after = Some(end),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ColumnType;

    const COLUMNS: [Column; 2] = [
        Column {
            name: "declaration",
            kind: ColumnType::Text,
            optional: false,
        },
        Column {
            name: "tab",
            kind: ColumnType::Code,
            optional: false,
        },
    ];

    fn row(declaration: &'static str, tab: &'static str) -> Row {
        vec![declaration.into(), tab.into()]
    }

    #[test]
    fn each_kind_of_difference_is_named_by_its_stream_and_columns() {
        let shape = Shape {
            name: "worklist".into(),
            columns: Cow::Borrowed(&COLUMNS),
            key: 1,
            counts: false,
        };
        let mut found = Differences::default();
        let should = vec![row("a", "to_sign"), row("b", "all"), row("c", "all")];
        let stands = vec![row("a", "done"), row("c", "all"), row("d", "all")];
        found.note(&shape, should, stands);
        let told: Vec<String> = found.rows.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "worklist: a row of a differs in tab",
                "worklist: a row of d should not be there",
                "worklist: a row of b is missing",
            ]
        );
    }

    #[test]
    fn beyond_a_thousand_they_are_counted() {
        let shape = Shape {
            name: "worklist".into(),
            columns: Cow::Borrowed(&COLUMNS),
            key: 1,
            counts: false,
        };
        let rows = (0..1_500).map(|n| vec![Value::from(format!("{n}")), "all".into()]);
        let mut found = Differences::default();
        found.note(&shape, rows.collect(), Vec::new());
        assert_eq!((found.rows.len(), found.count()), (NAMED, 1_500));
    }
}
