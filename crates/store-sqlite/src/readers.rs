//! The pool of connections that read.

use crate::error::{Result, classify};
use crate::options::Place;
use docket_store::page::integer;
use docket_store::{LogError, Mark, Seen};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{SqliteConnection, SqlitePool};
use std::sync::{Arc, PoisonError, RwLock};

/// A pool that is replaced when the file is.
#[derive(Clone)]
pub(crate) struct Readers(Arc<RwLock<SqlitePool>>);

impl Readers {
    pub(crate) fn new(place: &Place) -> Self {
        Self(Arc::new(RwLock::new(make(place))))
    }

    /// The pool as it is now.
    pub(crate) fn pool(&self) -> SqlitePool {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads from the file that stands there now.
    pub(crate) async fn renew(&self, place: &Place) {
        let before = {
            let mut pool = self.0.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *pool, make(place))
        };
        before.close().await;
    }
}

fn make(place: &Place) -> SqlitePool {
    let seen = Arc::clone(&place.seen);
    SqlitePoolOptions::new()
        .max_connections(place.options.readers)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let seen = Arc::clone(&seen);
            Box::pin(async move {
                match look(connection, &seen).await {
                    // It may be read, by those who find out what was lost.
                    Ok(_) | Err(Trouble::Log(LogError::Lost(_))) => Ok(()),
                    Err(Trouble::Log(error)) => Err(sqlx::Error::Protocol(error.to_string())),
                    Err(Trouble::Driver(error)) => Err(error),
                }
            })
        })
        .connect_lazy_with(place.reading())
}

/// Why a look failed.
pub(crate) enum Trouble {
    /// What was found.
    Log(LogError),
    /// The driver.
    Driver(sqlx::Error),
}

impl From<Trouble> for LogError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Log(error) => error,
            Trouble::Driver(error) => classify(error),
        }
    }
}

/// Compares what this process has seen with the log on a connection; answers where it ends.
pub(crate) async fn look(
    connection: &mut SqliteConnection,
    seen: &Seen,
) -> std::result::Result<u64, Trouble> {
    let asked = seen.newest();
    let row: Option<Row> = sqlx::query_as(include_str!("../sql/own/seen.sql"))
        .bind(asked.map_or(0, |mark| integer(mark.position)))
        .fetch_optional(connection)
        .await
        .map_err(Trouble::Driver)?;
    compare(seen, asked, row).map_err(Trouble::Log)
}

type Row = (i64, Vec<u8>, Option<Vec<u8>>);

fn compare(seen: &Seen, asked: Option<Mark>, row: Option<Row>) -> Result<u64> {
    let Some((ends, leaf, found)) = row else {
        seen.compare(asked, None, 0)?;
        return Ok(0);
    };
    let position = ends.unsigned_abs();
    seen.compare(asked, found.map(hash).transpose()?, position)?;
    let leaf = hash(leaf)?;
    seen.saw(Mark { position, leaf });
    Ok(position)
}

/// A stored leaf.
pub(crate) fn hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| crate::error::corrupt("a leaf of another length than 32"))
}
