//! The pool of connections that read, and the server it reads from.

use crate::options::PostgresOptions;
use crate::place::Place;
use docket_postgres::{Connections, welcome};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::sync::{Arc, PoisonError, RwLock};

/// A pool that is replaced when the primary is another server, or when it keeps silent: a
/// connection that is lost without a word would hold its place in the pool for long.
#[derive(Clone)]
pub(crate) struct Readers(Arc<RwLock<Present>>);

struct Present {
    target: PgConnectOptions,
    options: PostgresOptions,
    connections: Connections,
    pool: PgPool,
    bulk: PgPool,
}

impl Present {
    fn new(target: PgConnectOptions, options: PostgresOptions, connections: Connections) -> Self {
        Self {
            pool: make(&target, &options, &connections, options.readers),
            bulk: make(&target, &options, &connections, bulk_readers()),
            target,
            options,
            connections,
        }
    }

    /// Pools of new connections.
    fn anew(&self, target: PgConnectOptions) -> Self {
        Self::new(target, self.options.clone(), self.connections.clone())
    }
}

impl Readers {
    pub(crate) fn new(target: PgConnectOptions, place: &Place) -> Self {
        let (options, connections) = (place.options.clone(), place.connections.clone());
        let present = Present::new(target, options, connections);
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
    many: u32,
) -> PgPool {
    let (wanted, connections) = (options.wanted, connections.clone());
    PgPoolOptions::new()
        .max_connections(many)
        .acquire_timeout(options.give_up_after)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            connections.made();
            Box::pin(welcome(connection, wanted))
        })
        .connect_lazy_with(target.clone())
}
