use crate::projector::{Folded, Projector, Rows};
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
pub fn rows_of(
    projector: &dyn Projector,
    history: &History,
) -> BTreeMap<&'static str, Vec<crate::Row>> {
    let categories = crate::projector::categories(projector);
    let mut streams: BTreeMap<&Stream, (Folded, Rows)> = BTreeMap::new();
    for (stream, envelope) in history
        .iter()
        .filter(|(stream, _)| categories.contains(&stream.category))
    {
        let (folded, entries) = streams
            .entry(stream)
            .or_insert_with(|| (Folded::new(stream.clone()), Rows::default()));
        folded.apply(envelope);
        projector.entries(folded, envelope, entries);
    }
    let mut tables: BTreeMap<&'static str, Vec<crate::Row>> = BTreeMap::new();
    for (folded, mut rows) in streams.into_values() {
        if folded.is_deleted() {
            rows.take();
        }
        projector.rows(&folded, &mut rows);
        rows.take()
            .into_iter()
            .for_each(|(table, row)| tables.entry(table).or_default().push(row));
    }
    tables.values_mut().for_each(|rows| rows.sort());
    tables
}
