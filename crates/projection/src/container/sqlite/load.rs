use super::open::{create_indexes, create_tables, loading};
use super::writer::Writer;
use crate::container::Result;
use crate::fold::Parked;
use crate::mark::Mark;
use crate::progress::Told;
use crate::statement;
use crate::table::Table;
use crate::value::Row;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Writes the file of a generation that nobody reads yet.
pub(crate) struct Loader {
    path: PathBuf,
    tables: Arc<[Table]>,
    writer: Writer,
    /// Others leave the file alone while it is locked.
    lock: File,
}

impl Loader {
    pub(crate) async fn create(path: &Path, tables: Arc<[Table]>, lock: File) -> Result<Loader> {
        let mut writer = Writer::new(loading(path).await?);
        create_tables(&mut writer, &tables).await?;
        writer.begin().await?;
        Ok(Loader {
            path: path.to_owned(),
            tables,
            writer,
            lock,
        })
    }

    pub(crate) fn tables(&self) -> usize {
        self.tables.len()
    }

    pub(crate) async fn add(&mut self, rows: Vec<Vec<Row>>, parked: &[Parked]) -> Result<()> {
        for (at, rows) in rows.into_iter().enumerate() {
            self.writer.insert(&self.tables[at], rows, false).await?;
        }
        for parked in parked {
            self.writer.run_insert(&statement::park(parked)).await?;
        }
        Ok(())
    }

    /// Puts all of it on disk. From an exclusive lock to a shared one: whoever cleans up in between
    /// finds the state `building` and an unlocked file, and the next step fails rather than answer
    /// wrongly.
    pub(crate) async fn finish(mut self, mark: Mark, told: Told<'_>) -> Result<()> {
        create_indexes(&mut self.writer, &self.tables, told).await?;
        for table in self
            .tables
            .iter()
            .filter(|table| !table.count_by.is_empty())
        {
            self.writer.run_insert(&statement::count_all(table)).await?;
        }
        self.writer
            .run_insert(&statement::put_checkpoint(mark))
            .await?;
        self.writer.commit().await?;
        self.writer.close().await;
        let path = self.path;
        let synced = tokio::task::spawn_blocking(move || File::open(path)?.sync_all()).await;
        synced.map_err(|error| crate::ViewError::died(&error))??;
        drop(self.lock);
        Ok(())
    }
}
