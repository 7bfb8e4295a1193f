//! One generation in a container of its own: on SQLite a file, on PostgreSQL a schema.
//!
//! What differs between the engines is in `sqlite` and `postgres`; the enums of `handle` are the
//! only place where both are named.

mod compare;
mod differ;
mod handle;
mod load;
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod sums;

pub use compare::{Difference, Differences, Differs};
pub(crate) use compare::{Shape, compare};
pub(crate) use differ::Applied;
pub(crate) use handle::{Handle, Moment, Writer};
pub(crate) use load::{Loader, Packer, Piece};
pub use sums::TableSum;
pub(crate) use sums::{count_rows, sums as sums_of};

use crate::error::ViewError;
use crate::fold::Parked;
use crate::mark::Mark;
use crate::progress::Told;
use crate::statement;
use crate::table::Table;
use crate::value::{Cell, Row, Value};
use handle::Readers;
use sea_query::SelectStatement;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

pub(crate) type Result<T> = std::result::Result<T, ViewError>;

/// An open generation: one connection that writes, several that read.
pub(crate) struct Container {
    tables: Arc<[Table]>,
    writer: Mutex<Writer>,
    readers: Readers,
}

impl Container {
    pub(crate) fn new(tables: Arc<[Table]>, writer: Writer, readers: Readers) -> Container {
        Container {
            tables,
            writer: Mutex::new(writer),
            readers,
        }
    }

    /// The name of its file or schema.
    pub(crate) fn describe(&self) -> String {
        match &self.readers {
            Readers::Sqlite(file) => file.path().display().to_string(),
            Readers::Postgres(schema) => schema.name().to_owned(),
        }
    }

    /// Where it stands in the log.
    pub(crate) async fn mark(&self) -> Result<Mark> {
        match &self.readers {
            Readers::Sqlite(file) => mark_of(&mut file.acquire().await?.handle(), None).await,
            Readers::Postgres(schema) => {
                let mut reader = schema.outside().await?;
                mark_of(&mut reader.handle(), Some(schema.name())).await
            }
        }
    }

    /// The position of that mark.
    pub(crate) async fn checkpoint(&self) -> Result<u64> {
        Ok(self.mark().await?.position)
    }

    /// Streams that wait for somebody to look at them.
    pub(crate) async fn parked(&self) -> Result<Vec<Parked>> {
        let rows = match &self.readers {
            Readers::Sqlite(file) => {
                let statement = statement::read_parked(None);
                file.acquire().await?.handle().select(&statement).await?
            }
            Readers::Postgres(schema) => {
                let statement = statement::read_parked(Some(schema.name()));
                schema.outside().await?.handle().select(&statement).await?
            }
        };
        rows.into_iter()
            .map(|row| {
                parked(row)
                    .ok_or_else(|| ViewError::Backend("a parked stream cannot be read".to_owned()))
            })
            .collect()
    }

    /// This node has answered from it up to a position: it must not answer from less, also when
    /// its database comes back without its last moments.
    pub(crate) fn answered(&self, position: u64) {
        if let Readers::Postgres(schema) = &self.readers {
            schema.answered(position);
        }
    }

    /// Runs one query.
    pub(crate) async fn select(&self, statement: &SelectStatement) -> Result<Vec<Row>> {
        let mut again = matches!(self.readers, Readers::Postgres(_));
        loop {
            let mut reader = self.readers.acquire().await?;
            match reader.handle().select(statement).await {
                // A connection that the pool has lent may have been lost since.
                Err(ViewError::Unavailable(_)) if std::mem::take(&mut again) => {}
                rows => return rows,
            }
        }
    }

    /// One moment, to be read by several queries.
    pub(crate) async fn moment(&self) -> Result<Moment> {
        self.readers.moment().await
    }

    /// Rows of every table and a checksum of each.
    pub(crate) async fn sums(&self, told: Told<'_>) -> Result<Vec<TableSum>> {
        let mut reader = self.readers.acquire().await?.patient();
        sums::sums(&mut reader.handle(), &self.tables, told).await
    }

    /// The rows that differ from those of another container of the same tables.
    pub(crate) async fn compare_with(
        &self,
        other: &mut Handle<'_>,
        told: Told<'_>,
    ) -> Result<Differences> {
        let mut reader = self.readers.acquire().await?.patient();
        let mut found = Differences::default();
        for shape in self.tables.iter().flat_map(Table::shapes) {
            compare(other, &mut reader.handle(), &shape, &mut found, told).await?;
        }
        Ok(found)
    }

    /// Rows of all tables, counts left out.
    pub(crate) async fn rows(&self) -> Result<u64> {
        let mut reader = self.readers.acquire().await?.patient();
        let mut rows = 0;
        for table in self.tables.iter() {
            rows += count_rows(&mut reader.handle(), table).await?;
        }
        Ok(rows)
    }

    /// Every row of every table, in the order of the key.
    pub(crate) async fn dump(&self) -> Result<BTreeMap<&'static str, Vec<Row>>> {
        let mut reader = self.readers.acquire().await?.patient();
        let mut tables = BTreeMap::new();
        for table in self.tables.iter() {
            let mut rows = reader.handle().select(&statement::all(table)).await?;
            rows.iter_mut().for_each(|row| table.typed(row));
            tables.insert(table.name, rows);
        }
        Ok(tables)
    }

    /// Something was erased, whose traces may lie on in a file.
    pub(crate) fn note_traces(&self) {
        if let Readers::Sqlite(file) = &self.readers {
            file.note_traces();
        }
    }

    /// Removes such traces if there are any and nobody stands in the way.
    pub(crate) async fn clear_traces(&self) {
        if let Readers::Sqlite(file) = &self.readers {
            file.clear_traces().await;
        }
    }

    /// Closes its connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.lock().await.close().await;
    }
}

/// The mark of a container, as a connection sees it.
pub(crate) async fn mark_of(handle: &mut Handle<'_>, schema: Option<&str>) -> Result<Mark> {
    let rows = handle.select(&statement::read_checkpoint(schema)).await?;
    rows.into_iter()
        .next()
        .and_then(mark)
        .ok_or_else(|| ViewError::Unreadable {
            view: schema.unwrap_or("").to_owned(),
            what: "it has no checkpoint".to_owned(),
        })
}

fn mark(row: Row) -> Option<Mark> {
    let [position, leaf] = <[Value; 2]>::try_from(row).ok()?;
    let leaf = match leaf {
        Value::Null => None,
        Value::Bytes(leaf) => Some(leaf.as_slice().try_into().ok()?),
        _ => return None,
    };
    Some(Mark {
        position: Cell::read(position)?,
        leaf,
    })
}

fn parked(row: Row) -> Option<Parked> {
    let [stream, version, position, since, error] = <[Value; 5]>::try_from(row).ok()?;
    Some(Parked {
        stream: Cell::read(stream)?,
        version: Cell::read(version)?,
        position: Cell::read(position)?,
        since: Cell::read(since)?,
        error: Cell::read(error)?,
    })
}
