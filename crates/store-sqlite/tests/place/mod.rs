//! A log file in a temporary folder, and a way around the log into it.

#![allow(dead_code, clippy::unwrap_used)] // each test program uses its own part

use docket_store::{Log, Recorded};
use docket_store_conformance::given::LOG;
use docket_store_sqlite::{SqliteLog, SqliteOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("docket.db")
    }

    pub async fn log(&self) -> SqliteLog {
        self.log_with(SqliteOptions::default()).await
    }

    pub async fn log_with(&self, options: SqliteOptions) -> SqliteLog {
        SqliteLog::open_with(&self.file(), LOG, options)
            .await
            .unwrap()
    }

    /// A log that is not polled, so that no reader of its own is ever in the way.
    pub async fn quiet_log(&self) -> SqliteLog {
        self.log_with(SqliteOptions {
            poll_interval: Duration::from_secs(3_600),
            ..Default::default()
        })
        .await
    }

    /// The files as a process that dies now leaves them.
    pub fn crashed(&self) -> Self {
        let other = Self::new();
        for name in ["docket.db", "docket.db-wal"] {
            std::fs::copy(self.0.path().join(name), other.0.path().join(name)).unwrap();
        }
        other
    }

    pub async fn connect(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.file())
            .connect()
            .await
            .unwrap()
    }

    pub async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut connection)
            .await
            .map(|_| ())
    }

    /// Whether any file of the folder holds the bytes.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        std::fs::read_dir(self.0.path()).unwrap().any(|file| {
            let content = std::fs::read(file.unwrap().path()).unwrap();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }
}

pub trait ReadAll {
    async fn read(&self) -> Vec<Recorded>;
}

impl ReadAll for SqliteLog {
    async fn read(&self) -> Vec<Recorded> {
        self.read_all(0, usize::MAX).await.unwrap()
    }
}
