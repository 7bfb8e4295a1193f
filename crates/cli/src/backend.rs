//! The closed set of storage engines (docs/adr/0001-one-log-port-a-closed-set-of-backends.md).

use crate::clock::SystemClock;
use crate::settings::Database;
use anyhow::Context as _;
use docket_codec::{Entropy as _, OsEntropy};
use docket_domain::time::Instant;
use docket_engine::Clock as _;
use docket_store::Log;
use docket_store_sqlite::SqliteLog;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// An open log of one of the engines this binary knows.
#[derive(Clone)]
pub enum Backend {
    /// The log in one SQLite file.
    Sqlite(Arc<SqliteLog>),
}

impl Backend {
    /// Opens a log, and creates it where there is none, with an id of this instant.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(database: &Database, now: Instant) -> anyhow::Result<Self> {
        let Database::Sqlite(path) = database;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        open_sqlite(path, now).await
    }

    /// Opens a log that must be there.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub async fn open_existing(database: &Database) -> anyhow::Result<Self> {
        let Database::Sqlite(path) = database;
        if !path.exists() {
            anyhow::bail!(
                "there is no log at {}; `docket migrate` makes one",
                path.display()
            );
        }
        open_sqlite(path, SystemClock.now()).await
    }

    /// The port.
    pub fn log(&self) -> Arc<dyn Log> {
        match self {
            Backend::Sqlite(log) => Arc::clone(log) as Arc<dyn Log>,
        }
    }

    /// Finishes what waits, moves everything into the file and closes it.
    ///
    /// # Errors
    /// When the last write fails.
    pub async fn close(self) -> anyhow::Result<()> {
        match self {
            Backend::Sqlite(log) => {
                if let Err(error) = log.checkpoint().await {
                    tracing::debug!(%error, "the write-ahead log stays as it is");
                }
                Ok(log.close().await?)
            }
        }
    }
}

async fn open_sqlite(path: &Path, now: Instant) -> anyhow::Result<Backend> {
    let id = OsEntropy.uuid(now);
    let log = SqliteLog::open(path, id)
        .await
        .with_context(|| format!("cannot open {}", path.display()))?;
    Ok(Backend::Sqlite(Arc::new(log)))
}
