//! Both engines of the log, for tests that must pass on each: behind the feature `engines`.

use crate::postgres::Database;
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_store_sqlite::SqliteLog;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

/// An engine of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file.
    Sqlite,
    /// A database of the throwaway server.
    Postgres,
}

/// An empty place of its own on one engine, gone when it goes out of scope.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    database: Option<Database>,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Panics
    /// When there is no folder or no PostgreSQL to be had.
    pub fn new(engine: Engine) -> Self {
        Self {
            folder: TempDir::with_prefix("docket-test-").expect("a temporary folder"),
            database: (engine == Engine::Postgres).then(Database::new),
        }
    }

    /// Another that holds what this one holds, its folder's files too. Nobody may have this one
    /// open.
    ///
    /// # Panics
    /// When a file cannot be copied, or the database is in use.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self {
            folder: TempDir::with_prefix("docket-test-").expect("a temporary folder"),
            database: self.database.as_ref().map(Database::copy),
        };
        copy_files(self.folder(), copy.folder()).expect("files can be copied");
        copy
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        match self.database {
            None => Engine::Sqlite,
            Some(_) => Engine::Postgres,
        }
    }

    /// A folder for whatever is a file.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database, on PostgreSQL.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// What `DOCKET_DATABASE_URL` takes.
    pub fn url(&self) -> String {
        match &self.database {
            None => format!("sqlite:{}", self.file().display()),
            Some(database) => database.url(),
        }
    }

    /// Opens the log, making it with an id if it is new; opened twice, it is the same log seen
    /// through two handles.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn log(&self, id_if_new: Uuid) -> Arc<dyn Log> {
        match &self.database {
            None => {
                let log = SqliteLog::open(&self.file(), id_if_new).await;
                Arc::new(log.expect("the file can be opened"))
            }
            Some(database) => {
                let log = PostgresLog::open(&database.url(), id_if_new).await;
                Arc::new(log.expect("the database can be opened"))
            }
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("docket.db")
    }
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Makes two tests of each function named, one for each engine. A function that is forgotten in the
/// list is dead code, which the lints refuse. `async` functions stand behind `async:`.
///
/// ```
/// use docket_testkit::engines::{Engine, Scratch};
///
/// docket_testkit::on_both_engines!(a_place_is_empty);
///
/// fn a_place_is_empty(engine: Engine) {
///     assert_eq!(Scratch::new(engine).engine(), engine);
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    (async: $($case:ident),+ $(,)?) => {$(
        mod $case {
            use $crate::engines::Engine;
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$case(Engine::Sqlite).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$case(Engine::Postgres).await;
            }
        }
    )+};
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            use $crate::engines::Engine;
            #[test]
            fn on_sqlite() {
                super::$case(Engine::Sqlite);
            }
            #[test]
            fn on_postgres() {
                super::$case(Engine::Postgres);
            }
        }
    )+};
}
