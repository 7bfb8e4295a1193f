//! Bulk load of a new generation: each row written once, indexes last.

use super::{Result, Writer, postgres, sqlite};
use crate::fold::Changes;
use crate::generation::Hold;
use crate::mark::Mark;
use crate::value::Row;

/// Writes a generation that nobody reads yet.
pub(crate) enum Loader {
    Sqlite(sqlite::Loader),
    Postgres(postgres::Loader),
}

impl Loader {
    /// Adds the rows of whole streams.
    pub(crate) async fn add(&mut self, changes: Changes) -> Result<()> {
        match self {
            Loader::Sqlite(loader) => loader.add(changes).await,
            Loader::Postgres(loader) => loader.add(changes).await,
        }
    }

    /// Makes indexes, counts and checkpoint. What is handed back keeps others from removing the
    /// generation before it answers, where the engine has such a thing.
    pub(crate) async fn finish(self, mark: Mark) -> Result<Option<Hold>> {
        match self {
            Loader::Sqlite(loader) => loader.finish(mark).await.map(|()| None),
            Loader::Postgres(loader) => {
                let session = loader.finish(mark).await?;
                Ok(Some(Hold::Session(Box::new(Writer::Postgres(session)))))
            }
        }
    }
}

/// The rows of streams by table.
pub(super) fn by_table(changes: &mut Changes, tables: usize) -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = (0..tables).map(|_| Vec::new()).collect();
    for stream in changes.streams.drain(..) {
        stream
            .states
            .into_iter()
            .chain(stream.entries)
            .for_each(|(at, row)| rows[at].push(row));
    }
    rows
}
