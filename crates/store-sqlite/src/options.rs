use docket_store::Seen;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How a log file is opened. The defaults are right for a server.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Connections that read at the same time.
    pub readers: u32,
    /// How long the writer waits for another process to commit before it answers `Unavailable`.
    pub busy_timeout: Duration,
    /// An append that waited longer than this for the writer answers `Stale`.
    pub stale_after: Duration,
    /// How often the file is looked at for commits of other processes.
    pub poll_interval: Duration,
    /// Pages of 4 KiB in the write-ahead log before a commit moves them into the file.
    pub wal_pages: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            busy_timeout: Duration::from_secs(5),
            stale_after: Duration::from_secs(10),
            poll_interval: Duration::from_millis(50),
            wal_pages: 4_000,
        }
    }
}

/// A log file and how to connect to it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: PathBuf,
    pub(crate) options: SqliteOptions,
    /// What this process has seen of the log in it.
    pub(crate) seen: Arc<Seen>,
}

/// Which file stands at a path: another one once it was replaced under the connections to it, which
/// go on with the one that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId(u64, u64);

impl Place {
    pub(crate) fn new(path: &Path, options: SqliteOptions) -> Self {
        Self {
            path: path.to_owned(),
            options,
            seen: Arc::default(),
        }
    }

    /// The file that stands there now; `None` where there is none.
    #[cfg(unix)]
    pub(crate) fn file(&self) -> Option<FileId> {
        use std::os::unix::fs::MetadataExt as _;
        let file = std::fs::metadata(&self.path).ok()?;
        Some(FileId(file.dev(), file.ino()))
    }

    /// As far as the system tells.
    #[cfg(not(unix))]
    pub(crate) fn file(&self) -> Option<FileId> {
        self.path.exists().then_some(FileId(0, 0))
    }

    /// The write connection: every commit is on disk before it is answered, and what is
    /// overwritten is zeroed, so that a destroyed key is gone from the file.
    pub(crate) fn writing(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(self.options.busy_timeout)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", self.options.wal_pages.to_string())
    }

    /// A connection that cannot write.
    pub(crate) fn reading(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.path)
            .read_only(true)
            .busy_timeout(self.options.busy_timeout)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sqlx::{AssertSqlSafe, ConnectOptions};

    #[tokio::test]
    async fn the_write_connection_is_durable_and_forgets() {
        let folder = tempfile::TempDir::new().unwrap();
        let place = Place::new(&folder.path().join("docket.db"), SqliteOptions::default());
        let mut connection = place.writing().connect().await.unwrap();
        for (pragma, expected) in [
            ("synchronous", "2"),
            ("journal_mode", "wal"),
            ("secure_delete", "1"),
        ] {
            let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
            let value: String = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(value, expected, "{pragma}");
        }
    }

    #[tokio::test]
    async fn a_reading_connection_cannot_write() {
        let folder = tempfile::TempDir::new().unwrap();
        let place = Place::new(&folder.path().join("docket.db"), SqliteOptions::default());
        let mut writing = place.writing().connect().await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (x)")
            .execute(&mut writing)
            .await
            .unwrap();
        let mut reading = place.reading().connect().await.unwrap();
        assert!(
            sqlx::raw_sql("INSERT INTO t VALUES (1)")
                .execute(&mut reading)
                .await
                .is_err()
        );
    }
}
