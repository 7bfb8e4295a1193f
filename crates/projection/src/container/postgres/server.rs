use super::writer::Writer;
use crate::container::Result;
use crate::engine::Engine;
use crate::error::ViewError;
use crate::registry;
use sea_query::PostgresQueryBuilder;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool, Postgres};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The schema of the registry and the leases.
pub(super) const REGISTRY: &str = "docket_views";
/// The schema of the views that name the live generations' tables.
pub(super) const PUBLISHED: &str = "docket";
/// Where progress is told: `view generation position`.
pub(super) const CHANNEL: &str = "docket_views";
/// Connections beside those of the generations.
const DESK: u32 = 3;
const DESK_WAIT: Duration = Duration::from_secs(2);
/// How long one server of several may take to answer before the next is asked.
const CONNECT: Duration = Duration::from_secs(2);
/// Of all who make what every database needs once, one goes first.
const FIRST: &str = "SELECT pg_advisory_xact_lock(hashtextextended('docket_views', 0))";
/// A number is given by one at a time.
const ALONE: &str =
    "BEGIN; LOCK TABLE docket_views.generations_of_logs IN SHARE ROW EXCLUSIVE MODE";

/// What a connection is for.
pub(crate) enum Role {
    /// Registry, leases and looks.
    Desk,
    /// Building a generation.
    Build,
    /// Reading the generation of a schema.
    Read(String),
    /// Feeding the generation of a schema.
    Feed(String),
}

/// The database that holds the generations, on one server or on a primary and its standbys.
pub(crate) struct Server {
    hosts: Vec<PgConnectOptions>,
    /// Which of them takes writes.
    primary: AtomicUsize,
    desk: Pool,
    ear: Pool,
    /// This node among those of the database.
    node: OnceLock<Uuid>,
}

impl Server {
    /// Opens a database and makes the schemas that every one has.
    pub(crate) async fn open(url: &str) -> Result<Arc<Server>> {
        let server = Arc::new(Server {
            hosts: hosts(url)?,
            primary: AtomicUsize::new(0),
            desk: Pool::new(|| {
                PgPoolOptions::new()
                    .max_connections(DESK)
                    .acquire_timeout(DESK_WAIT)
            }),
            ear: Pool::new(|| {
                PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(DESK_WAIT)
                    .idle_timeout(None)
                    .max_lifetime(None)
            }),
            node: OnceLock::new(),
        });
        server.seek().await?;
        server.prepare().await?;
        let node = sqlx::query_scalar("SELECT gen_random_uuid()")
            .fetch_one(&server.desk())
            .await?;
        server.node.get_or_init(|| node);
        Ok(server)
    }

    async fn prepare(self: &Arc<Self>) -> Result<()> {
        let [generations, leases] =
            registry::create(Engine::Postgres).map(|table| table.to_string(PostgresQueryBuilder));
        let mut writer = Writer::new(self, Role::Desk, "BEGIN");
        writer
            .raw(format!(
                "BEGIN; {FIRST}; CREATE SCHEMA IF NOT EXISTS {REGISTRY}; \
                 CREATE SCHEMA IF NOT EXISTS {PUBLISHED}; {generations}; {leases}; COMMIT"
            ))
            .await?;
        writer.close().await;
        Ok(())
    }

    /// Finds the server that takes writes, where the URL names several.
    pub(crate) async fn seek(&self) -> Result<()> {
        if self.hosts.len() == 1 {
            return Ok(());
        }
        let mut last = ViewError::Unavailable("no server takes writes".to_owned());
        for (at, host) in self.hosts.iter().enumerate() {
            match tokio::time::timeout(CONNECT, takes_writes(host)).await {
                Ok(Ok(true)) => {
                    self.primary.store(at, Ordering::Release);
                    return Ok(());
                }
                Ok(Err(error)) => last = error.into(),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
        Err(last)
    }

    /// Which server takes writes, as far as is known.
    pub(super) fn primary(&self) -> usize {
        self.primary.load(Ordering::Acquire)
    }

    /// A connection whose search path is the registry's schema.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.desk().acquire().await?)
    }

    pub(super) fn desk(&self) -> PgPool {
        self.desk.get(self, &Role::Desk)
    }

    pub(super) fn ear(&self) -> PgPool {
        self.ear.get(self, &Role::Desk)
    }

    /// This node among those of the database.
    pub(crate) fn node(&self) -> Uuid {
        self.node.get().copied().unwrap_or_default()
    }

    /// The registry's own connection.
    pub(crate) fn registry(self: &Arc<Self>) -> Writer {
        Writer::new(self, Role::Desk, ALONE)
    }

    /// A session that builds a generation.
    pub(crate) fn building(self: &Arc<Self>) -> Writer {
        Writer::new(self, Role::Build, ALONE)
    }

    /// How to connect. A session's settings are set when it connects: nothing has to be set again
    /// on a connection that a pool lends.
    pub(super) fn session(&self, role: &Role) -> PgConnectOptions {
        let schema = match role {
            Role::Desk | Role::Build => REGISTRY,
            Role::Read(schema) | Role::Feed(schema) => schema,
        };
        let host = self.hosts[self.primary()].clone();
        host.options([("search_path", schema)])
            .options(settings(role).iter().copied())
    }

    pub(crate) async fn close(&self) {
        self.desk.close().await;
        self.ear.close().await;
    }
}

fn settings(role: &Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Desk => &[
            ("lock_timeout", "2s"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "3s"),
        ],
        // Whoever stands still in the middle of a build loses it.
        Role::Build => &[
            ("lock_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ],
        Role::Read(_) => &[
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "300s"),
            ("jit", "off"),
        ],
        // Whoever freezes while it holds the checkpoint loses it after 3 seconds. Rows are always
        // found by their keys, also in tables that were empty when a statement was planned.
        Role::Feed(_) => &[
            ("synchronous_commit", "off"),
            ("lock_timeout", "2s"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "3s"),
            ("enable_seqscan", "off"),
            ("jit", "off"),
        ],
    }
}

/// The servers that a URL names, separated by commas.
fn hosts(url: &str) -> Result<Vec<PgConnectOptions>> {
    let wrong = || ViewError::Backend("the database URL cannot be read".to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    hosts
        .split(',')
        .map(|host| {
            let one = format!("{scheme}://{user}{host}{rest}");
            let options = PgConnectOptions::from_str(&one).map_err(|_| wrong())?;
            Ok(options.application_name("docket views"))
        })
        .collect()
}

async fn takes_writes(host: &PgConnectOptions) -> sqlx::Result<bool> {
    let mut connection = host.connect().await?;
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()")
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(!standby)
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

    pub(super) async fn close(&self) {
        let pool = self.lock().clone();
        if let Some((_, pool)) = pool {
            pool.close().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<(usize, PgPool)>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_host_of_a_list_keeps_its_port() {
        let all = hosts("postgres://me:a%40b@one:5433,two/views?target_session_attrs=any").unwrap();
        let all: Vec<_> = all
            .iter()
            .map(|host| (host.get_host(), host.get_port(), host.get_database()))
            .collect();
        assert_eq!(
            all,
            [("one", 5433, Some("views")), ("two", 5432, Some("views"))]
        );
        let socket = hosts("postgres://me@%2Frun%2Fpostgres/views").unwrap();
        assert_eq!(
            socket[0].get_socket().unwrap().to_str(),
            Some("/run/postgres")
        );
        assert!(hosts("nothing").is_err());
    }
}
