use crate::fold::{Turn, ranges};
use crate::projector::{Folded, Projector, Rows};
use crate::table::{Source, Table};
use crate::value::Row;
use docket_domain::{Envelope, Stream};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Events of several streams in log order: what a fingerprint folds.
pub type History = Vec<(Stream, Envelope)>;

/// What tells one meaning of a view from another: SHA-256 of its tables, of its rule and of the
/// rows that the histories fold to. Nobody raises a number by hand.
pub fn fingerprint(projector: &dyn Projector, histories: &[History]) -> String {
    let mut hash = Sha256::new();
    hash.update(projector.name());
    hash.update(projector.rule());
    for table in projector.tables() {
        hash.update(table.describe());
    }
    for history in histories {
        hash.update(format!("{:?}", rows_of(projector, history)));
    }
    hex::encode(hash.finalize())
}

/// All rows a history asks for, by table and in the order of their cells.
pub fn rows_of(projector: &dyn Projector, history: &History) -> BTreeMap<&'static str, Vec<Row>> {
    let categories = crate::projector::categories(projector);
    let tables = projector.tables();
    let mut streams: BTreeMap<&Stream, Told> = BTreeMap::new();
    for (stream, envelope) in history
        .iter()
        .filter(|(stream, _)| categories.contains(&stream.category))
    {
        let told = streams.entry(stream).or_insert_with(|| Told {
            folded: Folded::new(stream.clone()),
            entries: Rows::default(),
            turns: Vec::new(),
        });
        told.folded.apply(envelope);
        projector.entries(&told.folded, envelope, &mut told.entries);
        told.turns.push(Turn {
            position: envelope.position,
            at: envelope.at,
            rows: rows_of_state(projector, &tables, &told.folded, true),
        });
    }
    let mut all: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
    for told in streams.into_values() {
        for (table, row) in told.rows(projector, &tables) {
            all.entry(table).or_default().push(row);
        }
    }
    all.values_mut().for_each(|rows| rows.sort());
    all
}

/// What the history of one stream asks for.
struct Told {
    folded: Folded,
    entries: Rows,
    turns: Vec<Turn>,
}

impl Told {
    fn rows(mut self, projector: &dyn Projector, tables: &[Table]) -> Vec<(&'static str, Row)> {
        if self.folded.is_deleted() {
            return Vec::new();
        }
        let mut rows = self.entries.take();
        let states = rows_of_state(projector, tables, &self.folded, false);
        rows.extend(states.into_iter().map(|(at, row)| (tables[at].name, row)));
        for (at, table) in tables.iter().enumerate() {
            if table.source == Source::History {
                let ranges = ranges(at, table, Vec::new(), &self.turns);
                rows.extend(ranges.into_iter().map(|row| (table.name, row)));
            }
        }
        rows
    }
}

/// The rows that a state asks of the tables of history, or of the others, by the table's place.
fn rows_of_state(
    projector: &dyn Projector,
    tables: &[Table],
    folded: &Folded,
    history: bool,
) -> Vec<(usize, Row)> {
    let mut rows = Rows::default();
    projector.rows(folded, &mut rows);
    rows.take()
        .into_iter()
        .filter_map(|(name, row)| {
            let at = tables.iter().position(|table| table.name == name)?;
            ((tables[at].source == Source::History) == history).then_some((at, row))
        })
        .collect()
}
