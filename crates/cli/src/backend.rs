//! The closed set of storage engines (docs/adr/0001-one-log-port-a-closed-set-of-backends.md).

use crate::clock::SystemClock;
use crate::settings::Database;
use anyhow::Context as _;
use docket_codec::{Entropy as _, OsEntropy};
use docket_domain::time::Instant;
use docket_engine::Clock as _;
use docket_postgres::DatabaseUrl;
use docket_store::{Guarded, Inspect, Log};
use docket_store_postgres::PostgresLog;
use docket_store_sqlite::SqliteLog;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// An open log of one of the engines this binary knows.
#[derive(Clone)]
pub enum Backend {
    /// The log in one SQLite file.
    Sqlite(Arc<SqliteLog>),
    /// The log in a PostgreSQL database.
    Postgres(Arc<PostgresLog>),
}

impl Backend {
    /// Opens a log, and creates it where there is none, with an id of this instant. Only the verbs
    /// that found a system may: any other would take an unmounted folder for a new system.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_or_create(database: &Database, now: Instant) -> anyhow::Result<Self> {
        match database {
            Database::Sqlite(path) => {
                make_folder_of(path)?;
                open_sqlite(path, now).await
            }
            Database::Postgres(url) => open_postgres(url, now).await,
        }
    }

    /// Whether there is a log. Nothing is made to find out: no file, no folder and no schema.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn exists(database: &Database) -> anyhow::Result<bool> {
        let is_there = match database {
            Database::Sqlite(path) => SqliteLog::exists(path).await,
            Database::Postgres(url) => PostgresLog::exists(url).await,
        };
        is_there.with_context(|| format!("cannot open {database}"))
    }

    /// Opens a log that must be there and must have begun. Where it is not, nothing is made.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub async fn open_existing(database: &Database) -> anyhow::Result<Self> {
        if !Self::exists(database).await? {
            return Err(nothing_at(database, "no log"));
        }
        let now = SystemClock.now();
        let opened = match database {
            Database::Sqlite(path) => open_sqlite(path, now).await?,
            Database::Postgres(url) => open_postgres(url, now).await?,
        };
        if opened.log().head().await?.position == 0 {
            return Err(nothing_at(database, "a log without any event"));
        }
        Ok(opened)
    }

    /// Opens a log that must be there, to look at: it may be that of a standby, which takes no
    /// writes.
    ///
    /// # Errors
    /// As [`Backend::open_existing`].
    pub async fn open_to_look(database: &Database) -> anyhow::Result<Self> {
        let Database::Postgres(url) = database else {
            return Self::open_existing(database).await;
        };
        let opened = PostgresLog::look(url).await;
        let log = opened.with_context(|| format!("cannot open {url}"))?;
        match log {
            None => Err(nothing_at(database, "no log")),
            Some(log) if log.head().await?.position == 0 => {
                Err(nothing_at(database, "a log without any event"))
            }
            Some(log) => Ok(Backend::Postgres(Arc::new(log))),
        }
    }

    /// Whether the server is a standby, which may be behind.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn is_standby(&self) -> anyhow::Result<bool> {
        match self {
            Backend::Sqlite(_) => Ok(false),
            Backend::Postgres(log) => Ok(log.server_settings().await?.standby),
        }
    }

    /// The log with everything beside it, for a check of the whole.
    pub fn inspect(&self) -> Arc<dyn Inspect> {
        match self {
            Backend::Sqlite(log) => Arc::clone(log) as Arc<dyn Inspect>,
            Backend::Postgres(log) => Arc::clone(log) as Arc<dyn Inspect>,
        }
    }

    /// The port, which answers nothing while the log has lost what this process has seen of it.
    pub fn log(&self) -> Arc<dyn Log> {
        Arc::new(Guarded::new(self.unguarded()))
    }

    /// The port as it is, to find out what was lost.
    pub fn unguarded(&self) -> Arc<dyn Log> {
        match self {
            Backend::Sqlite(log) => Arc::clone(log) as Arc<dyn Log>,
            Backend::Postgres(log) => Arc::clone(log) as Arc<dyn Log>,
        }
    }

    /// Finishes what waits and closes the log; on SQLite everything is moved into the file.
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
            Backend::Postgres(log) => Ok(log.close().await?),
        }
    }
}

/// What an operator does who expected a system where there is none.
pub fn nothing_at(database: &Database, what: &str) -> anyhow::Error {
    let place = match database {
        Database::Sqlite(_) => "Is the folder mounted, and is this the right path?",
        Database::Postgres(_) => "Is this the right server and database?",
    };
    anyhow::anyhow!(
        "there is {what} at {database}. {place} If a new system shall begin there, \
         `docket migrate --new` founds it; to bring one back, restore its backup"
    )
}

fn make_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) => fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display())),
        None => Ok(()),
    }
}

async fn open_sqlite(path: &Path, now: Instant) -> anyhow::Result<Backend> {
    let log = SqliteLog::open(path, OsEntropy.uuid(now)).await;
    let log = log.with_context(|| format!("cannot open {}", path.display()))?;
    Ok(Backend::Sqlite(Arc::new(log)))
}

async fn open_postgres(url: &DatabaseUrl, now: Instant) -> anyhow::Result<Backend> {
    let log = PostgresLog::open(url, OsEntropy.uuid(now)).await;
    let log = log.with_context(|| format!("cannot open {url}"))?;
    Ok(Backend::Postgres(Arc::new(log)))
}
