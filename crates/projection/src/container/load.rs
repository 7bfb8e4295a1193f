//! Bulk load of a new generation: each row written once, indexes last.

use super::open::{create_indexes, create_tables, loading};
use super::{Result, Writer};
use crate::fold::Changes;
use crate::place::Place;
use crate::statement;
use crate::table::Table;
use crate::value::Row;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes a generation that nobody reads yet.
pub(crate) struct Loader {
    path: PathBuf,
    tables: Arc<[Table]>,
    writer: Writer,
}

impl Loader {
    pub(crate) async fn create(path: &Path, tables: Arc<[Table]>) -> Result<Loader> {
        let mut writer = Writer::new(loading(path).await?);
        create_tables(&mut writer, &tables).await?;
        writer.begin().await?;
        Ok(Loader {
            path: path.to_owned(),
            tables,
            writer,
        })
    }

    /// Adds the rows of whole streams.
    pub(crate) async fn add(&mut self, changes: Changes) -> Result<()> {
        let mut rows: Vec<Vec<Row>> = self.tables.iter().map(|_| Vec::new()).collect();
        for stream in changes.streams {
            stream
                .states
                .into_iter()
                .chain(stream.entries)
                .for_each(|(at, row)| rows[at].push(row));
        }
        for (at, rows) in rows.into_iter().enumerate() {
            self.writer.insert(&self.tables[at], rows, false).await?;
        }
        for parked in &changes.parked {
            self.writer.run_insert(&statement::park(parked)).await?;
        }
        Ok(())
    }

    /// Makes indexes, counts and checkpoint, and puts all of it on disk.
    pub(crate) async fn finish(mut self, place: Place) -> Result<()> {
        create_indexes(&mut self.writer, &self.tables).await?;
        for table in self
            .tables
            .iter()
            .filter(|table| !table.count_by.is_empty())
        {
            self.writer.run_insert(&statement::count_all(table)).await?;
        }
        self.writer
            .run_insert(&statement::put_checkpoint(place))
            .await?;
        self.writer.commit().await?;
        self.writer.close().await;
        let path = self.path;
        let synced =
            tokio::task::spawn_blocking(move || std::fs::File::open(path)?.sync_all()).await;
        Ok(synced.map_err(|error| crate::ViewError::Backend(error.to_string()))??)
    }
}
