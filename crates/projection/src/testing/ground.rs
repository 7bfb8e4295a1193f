use crate::engine::Engine;
use crate::place::Place;
use docket_testkit::postgres::Database;
use std::path::Path;
use tempfile::TempDir;

/// An empty place of a test's own, gone with it.
pub enum Ground {
    /// A folder.
    Folder(TempDir),
    /// A database.
    Database(Database),
}

impl Ground {
    /// A place for an engine.
    pub fn new(engine: Engine) -> Ground {
        match engine {
            Engine::Sqlite => Ground::Folder(tempfile::tempdir().expect("a folder")),
            Engine::Postgres => Ground::Database(Database::new()),
        }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        match self {
            Ground::Folder(_) => Engine::Sqlite,
            Ground::Database(_) => Engine::Postgres,
        }
    }

    /// As views take it.
    pub fn place(&self) -> Place {
        match self {
            Ground::Folder(folder) => Place::Folder(folder.path().to_owned()),
            Ground::Database(database) => Place::Postgres(database.url().parse().expect("a URL")),
        }
    }

    /// The folder.
    ///
    /// # Panics
    /// When it is a database.
    pub fn folder(&self) -> &Path {
        match self {
            Ground::Folder(folder) => folder.path(),
            Ground::Database(_) => panic!("this test is about files"),
        }
    }

    /// The database.
    ///
    /// # Panics
    /// When it is a folder.
    pub fn database(&self) -> &Database {
        match self {
            Ground::Database(database) => database,
            Ground::Folder(_) => panic!("this test is about a database"),
        }
    }
}

/// Runs tests on both engines: each is an `async fn(Ground)` in the module around.
#[macro_export]
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                use $crate::{Engine, testing::Ground};
                super::$test(Ground::new(Engine::Sqlite)).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                use $crate::{Engine, testing::Ground};
                super::$test(Ground::new(Engine::Postgres)).await;
            })+
        }
    };
}
