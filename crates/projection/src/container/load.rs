//! Bulk load of a new generation: each row written once, indexes last.

use super::postgres::Copied;
use super::{Result, Writer, postgres, sqlite};
use crate::error::ViewError;
use crate::fold::{Changes, Parked};
use crate::generation::Hold;
use crate::mark::Mark;
use crate::progress::Told;
use crate::value::Row;

/// Writes a generation that nobody reads yet.
pub(crate) enum Loader {
    Sqlite(sqlite::Loader),
    Postgres(postgres::Loader),
}

/// Makes rows ready for a loader, wherever they were folded: a loader has one connection, and should
/// wait for nothing but its engine.
#[derive(Clone, Copy)]
pub(crate) struct Packer {
    tables: usize,
    copies: bool,
}

/// The rows of whole streams, ready for their loader.
pub(crate) struct Piece {
    rows: Packed,
    parked: Vec<Parked>,
}

/// By table.
enum Packed {
    Rows(Vec<Vec<Row>>),
    Copied(Vec<Copied>),
}

impl Packer {
    pub(crate) fn pack(self, changes: Changes) -> Piece {
        let rows = changes
            .streams
            .into_iter()
            .flat_map(|stream| stream.states.into_iter().chain(stream.entries));
        Piece {
            rows: match self.copies {
                true => Packed::Copied(by_table(rows, self.tables, Copied::add)),
                false => Packed::Rows(by_table(rows, self.tables, Vec::push)),
            },
            parked: changes.parked,
        }
    }
}

impl Piece {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        let rows = match &self.rows {
            Packed::Rows(tables) => tables.iter().all(Vec::is_empty),
            Packed::Copied(tables) => tables.iter().all(Copied::is_empty),
        };
        rows && self.parked.is_empty()
    }
}

impl Loader {
    /// What makes pieces for it.
    pub(crate) fn packer(&self) -> Packer {
        match self {
            Loader::Sqlite(loader) => Packer {
                tables: loader.tables(),
                copies: false,
            },
            Loader::Postgres(loader) => Packer {
                tables: loader.tables(),
                copies: true,
            },
        }
    }

    /// Adds the rows of whole streams; they may wait for others, so that few statements are sent.
    pub(crate) async fn add(&mut self, piece: Piece) -> Result<()> {
        match (self, piece.rows) {
            (Loader::Sqlite(loader), Packed::Rows(rows)) => loader.add(rows, &piece.parked).await,
            (Loader::Postgres(loader), Packed::Copied(rows)) => {
                loader.add(rows, &piece.parked).await
            }
            _ => Err(ViewError::Backend(
                "rows were made ready for another engine".to_owned(),
            )),
        }
    }

    /// Leaves most of the machine to others from now on.
    pub(crate) async fn be_polite(&mut self) -> Result<()> {
        match self {
            Loader::Sqlite(_) => Ok(()),
            Loader::Postgres(loader) => loader.be_polite().await,
        }
    }

    /// Says that it is still there: a server ends a session that stands still half-way.
    pub(crate) async fn stay(&mut self) -> Result<()> {
        match self {
            Loader::Sqlite(_) => Ok(()),
            Loader::Postgres(loader) => loader.stay().await,
        }
    }

    /// Makes indexes, each of which is told, counts and checkpoint. What is handed back keeps others
    /// from removing the generation before it answers, where the engine has such a thing.
    pub(crate) async fn finish(self, mark: Mark, told: Told<'_>) -> Result<Option<Hold>> {
        match self {
            Loader::Sqlite(loader) => loader.finish(mark, told).await.map(|()| None),
            Loader::Postgres(loader) => {
                let session = loader.finish(mark, told).await?;
                Ok(Some(Hold::Session(Box::new(Writer::Postgres(session)))))
            }
        }
    }
}

fn by_table<T: Default>(
    rows: impl Iterator<Item = (usize, Row)>,
    tables: usize,
    add: impl Fn(&mut T, Row),
) -> Vec<T> {
    let mut packed: Vec<T> = (0..tables).map(|_| T::default()).collect();
    rows.for_each(|(at, row)| add(&mut packed[at], row));
    packed
}
