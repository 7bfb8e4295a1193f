//! The pool of connections that read, and the server it reads from.

use crate::error::corrupt;
use crate::options::PostgresOptions;
use crate::place::Place;
use docket_postgres::{Connections, welcome};
use docket_store::page::integer;
use docket_store::{LogError, Mark, Seen};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool};
use std::sync::{Arc, PoisonError, RwLock};

/// A pool that is replaced when the primary is another server, or when it keeps silent: a
/// connection that is lost without a word would hold its place in the pool for long.
#[derive(Clone)]
pub(crate) struct Readers(Arc<RwLock<Present>>);

struct Present {
    target: PgConnectOptions,
    options: PostgresOptions,
    connections: Connections,
    seen: Arc<Seen>,
    pool: PgPool,
    bulk: PgPool,
}

impl Present {
    fn new(
        target: PgConnectOptions,
        options: PostgresOptions,
        connections: Connections,
        seen: Arc<Seen>,
    ) -> Self {
        let make = |many| make(&target, &options, &connections, &seen, many);
        Self {
            pool: make(options.readers),
            bulk: make(bulk_readers()),
            target,
            options,
            connections,
            seen,
        }
    }

    /// Pools of new connections.
    fn anew(&self, target: PgConnectOptions) -> Self {
        let (options, connections) = (self.options.clone(), self.connections.clone());
        Self::new(target, options, connections, Arc::clone(&self.seen))
    }
}

impl Readers {
    pub(crate) fn new(target: PgConnectOptions, place: &Place, seen: Arc<Seen>) -> Self {
        let (options, connections) = (place.options.clone(), place.connections.clone());
        let present = Present::new(target, options, connections, seen);
        Self(Arc::new(RwLock::new(present)))
    }

    /// The pool as it is now.
    pub(crate) fn pool(&self) -> PgPool {
        let present = self.0.read().unwrap_or_else(PoisonError::into_inner);
        present.pool.clone()
    }

    /// The pool for ranges of streams as it is now: few connections, because each of them has to map
    /// the server's whole memory for itself, and so that a replay leaves the others to queries.
    pub(crate) fn bulk(&self) -> PgPool {
        let present = self.0.read().unwrap_or_else(PoisonError::into_inner);
        present.bulk.clone()
    }

    pub(crate) async fn close(&self) {
        self.pool().close().await;
        self.bulk().close().await;
    }

    /// Reads from where writes are acknowledged.
    pub(crate) fn turn_to(&self, target: &PgConnectOptions) {
        let mut present = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if server(target) != server(&present.target) {
            *present = present.anew(target.clone());
        }
    }

    /// Lets go of connections that may all be lost, unless somebody did so already.
    pub(crate) fn renew(&self, silent: &PgPool) {
        let mut present = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |pool: &PgPool| std::ptr::eq(silent.options(), pool.options());
        if is_silent(&present.pool) || is_silent(&present.bulk) {
            *present = present.anew(present.target.clone());
        }
    }
}

fn server(target: &PgConnectOptions) -> (String, u16, Option<std::path::PathBuf>) {
    let socket = target.get_socket().cloned();
    (target.get_host().to_owned(), target.get_port(), socket)
}

/// As many as can be busy at the same time.
fn bulk_readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(cores).unwrap_or(u32::MAX).max(2)
}

/// Every connection is welcomed before it is lent: a standby may be behind, and what it does not
/// know yet must not be answered as absent.
fn make(
    target: &PgConnectOptions,
    options: &PostgresOptions,
    connections: &Connections,
    seen: &Arc<Seen>,
    many: u32,
) -> PgPool {
    let (wanted, connections) = (options.wanted, connections.clone());
    let seen = Arc::clone(seen);
    PgPoolOptions::new()
        .max_connections(many)
        .acquire_timeout(options.give_up_after)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            connections.made();
            let seen = Arc::clone(&seen);
            Box::pin(async move {
                welcome(connection, wanted).await?;
                look(connection, &seen).await
            })
        })
        .connect_lazy_with(target.clone())
}

/// Compares what this process has seen with the log before the connection answers anything. A log
/// that lost it may be read, by those who find out what was lost.
async fn look(connection: &mut PgConnection, seen: &Seen) -> Result<(), sqlx::Error> {
    let asked = seen.newest();
    let row: Option<Row> = sqlx::query_as(include_str!("../sql/own/seen.sql"))
        .bind(asked.map_or(0, |mark| integer(mark.position)))
        .fetch_optional(connection)
        .await?;
    match compare(seen, asked, row) {
        Ok(_) | Err(LogError::Lost(_)) => Ok(()),
        Err(error) => Err(sqlx::Error::Decode(error.into())),
    }
}

/// The newest position, its leaf, and the leaf in the place that was asked for.
pub(crate) type Row = (i64, Vec<u8>, Option<Vec<u8>>);

/// Compares what was found there with what was seen; answers where the log ends.
pub(crate) fn compare(
    seen: &Seen,
    asked: Option<Mark>,
    row: Option<Row>,
) -> crate::error::Result<u64> {
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
pub(crate) fn hash(bytes: Vec<u8>) -> crate::error::Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_| corrupt("a leaf of another length than 32"))
}
