//! Connections that are lent. sqlx waits without end for a database that vanished without a word,
//! also when it takes a connection back: whoever asks here sets a limit, and a connection whose
//! answer did not come in time is dropped and never lent again.

use super::select;
use super::server::{Role, Server};
use crate::container::Result;
use crate::value::Row;
use docket_postgres::is_lost;
use sea_query::SelectStatement;
use sqlx::pool::{PoolConnection, PoolConnectionMetadata};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection, PgPool, Postgres};
use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// What any server answers within, unless nobody is there.
const PING: Duration = Duration::from_secs(1);
/// How long connections may take to say good-bye.
pub(super) const CLOSE: Duration = Duration::from_secs(2);

/// Waits for an answer, but not for ever.
pub(super) async fn limited<T>(
    limit: Duration,
    answer: impl Future<Output = sqlx::Result<T>>,
) -> sqlx::Result<T> {
    let answer = tokio::time::timeout(limit, answer).await;
    answer.unwrap_or_else(|_| {
        let silence = io::Error::new(ErrorKind::TimedOut, "the database does not answer");
        Err(sqlx::Error::Io(silence))
    })
}

/// Whether a connection that was idle for longer than it is trusted still stands.
pub(super) async fn stands(
    connection: &mut PgConnection,
    meta: PoolConnectionMetadata,
    trusted: Duration,
) -> sqlx::Result<bool> {
    if meta.idle_for > trusted {
        limited(PING, connection.ping()).await?;
    }
    Ok(true)
}

/// A pool of connections to the server that takes writes; a new one when that is another.
pub(super) struct Pool {
    options: Box<dyn Fn() -> PgPoolOptions + Send + Sync>,
    pool: Mutex<Option<(usize, PgPool)>>,
}

impl Pool {
    pub(super) fn new(options: impl Fn() -> PgPoolOptions + Send + Sync + 'static) -> Pool {
        Pool {
            options: Box::new(options),
            pool: Mutex::new(None),
        }
    }

    /// The pool, whose connections are made when they are needed.
    pub(super) fn get(&self, server: &Server, role: &Role) -> PgPool {
        let primary = server.primary();
        let mut pool = self.lock();
        match &*pool {
            Some((at, pool)) if *at == primary => pool.clone(),
            _ => {
                let made = (self.options)().connect_lazy_with(server.session(role));
                *pool = Some((primary, made.clone()));
                made
            }
        }
    }

    /// Lends a connection whose answers may take so long.
    pub(super) async fn lend(&self, server: &Server, role: &Role, limit: Duration) -> Result<Lent> {
        let connection = self.get(server, role).acquire().await?;
        Ok(Lent {
            connection: Some(connection),
            limit,
            asked: false,
            begun: false,
        })
    }

    /// Makes a new one at the next call: a connection of this one is lost for good.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    pub(super) async fn close(&self) {
        let pool = self.lock().clone();
        if let Some((_, pool)) = pool
            && tokio::time::timeout(CLOSE, pool.close()).await.is_err()
        {
            tracing::debug!("connections were left to themselves");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(usize, PgPool)>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection lent by a pool.
pub(crate) struct Lent {
    connection: Option<PoolConnection<Postgres>>,
    /// How long an answer may take.
    limit: Duration,
    /// Whether an answer is to come still: whoever waited for it gave up.
    asked: bool,
    /// Whether a transaction is open.
    begun: bool,
}

impl Lent {
    /// The same, but an answer may take so long.
    pub(crate) fn within(mut self, limit: Duration) -> Lent {
        self.limit = limit;
        self
    }

    /// The connection, to be asked something.
    pub(super) fn ask(&mut self) -> &mut PgConnection {
        self.asked = true;
        self.connection
            .as_mut()
            .expect("it is there until the drop")
    }

    /// What was asked was answered, or will not be.
    pub(super) fn told<T>(&mut self, answer: sqlx::Result<T>) -> sqlx::Result<T> {
        self.asked = answer.as_ref().is_err_and(is_lost);
        answer
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Begins a transaction, which is rolled back at the end unless it was committed.
    pub(super) async fn begin(&mut self, sql: &'static str) -> sqlx::Result<()> {
        self.begun = true;
        let begun = limited(CLOSE, sqlx::raw_sql(sql).execute(self.ask())).await;
        self.told(begun).map(|_| ())
    }

    pub(super) async fn commit(&mut self) -> sqlx::Result<()> {
        let limit = self.limit;
        let committed = limited(limit, sqlx::raw_sql("COMMIT").execute(self.ask())).await;
        self.told(committed)?;
        self.begun = false;
        Ok(())
    }

    pub(super) async fn roll_back(&mut self) -> sqlx::Result<()> {
        let rolled_back = limited(CLOSE, sqlx::raw_sql("ROLLBACK").execute(self.ask())).await;
        self.told(rolled_back)?;
        self.begun = false;
        Ok(())
    }

    pub(crate) async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Row>> {
        let limit = self.limit;
        let rows = limited(limit, select(self.ask(), statement)).await;
        Ok(self.told(rows)?)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) if !self.asked => _ = runtime.spawn(give_back(connection, self.begun)),
            _ => drop(connection.detach()),
        }
    }
}

/// What the drop of a pool's connection does, with a limit.
async fn give_back(mut connection: PoolConnection<Postgres>, begun: bool) {
    if begun {
        let rolled_back = sqlx::raw_sql("ROLLBACK").execute(&mut *connection);
        if limited(CLOSE, rolled_back).await.is_err() {
            drop(connection.detach());
            return;
        }
    }
    let back = connection.return_to_pool();
    if tokio::time::timeout(CLOSE, back).await.is_err() {
        tracing::debug!("a connection was lost while it was given back");
    }
}
