use super::pool::{Lent, Pool, limited, stands, takes_writes};
use super::writer::Writer;
use crate::container::Result;
use crate::engine::Engine;
use crate::error::ViewError;
use crate::registry;
use sea_query::PostgresQueryBuilder;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
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
/// How long it may take to answer there: longer than the server lets a statement run.
const DESK_ANSWER: Duration = Duration::from_secs(12);
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
                    .test_before_acquire(false)
                    .before_acquire(|connection, meta| {
                        Box::pin(stands(connection, meta, Duration::ZERO))
                    })
                    .after_connect(|connection, _| Box::pin(takes_writes(connection)))
            }),
            ear: Pool::new(|| {
                PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(DESK_WAIT)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .after_connect(|connection, _| Box::pin(takes_writes(connection)))
            }),
            node: OnceLock::new(),
        });
        server.seek().await?;
        server.prepare().await?;
        let mut desk = server.acquire().await?;
        let node = sqlx::query_scalar("SELECT gen_random_uuid()").fetch_one(desk.ask());
        let node = limited(DESK_ANSWER, node).await;
        let node = desk.told(node)?;
        server.node.get_or_init(|| node);
        Ok(server)
    }

    async fn prepare(self: &Arc<Self>) -> Result<()> {
        let tables = registry::create(Engine::Postgres);
        let tables = tables
            .iter()
            .map(|table| table.to_string(PostgresQueryBuilder));
        let tables: Vec<String> = tables.collect();
        let mut writer = Writer::new(self, Role::Desk, "BEGIN");
        writer
            .raw(format!(
                "BEGIN; {FIRST}; CREATE SCHEMA IF NOT EXISTS {REGISTRY}; \
                 CREATE SCHEMA IF NOT EXISTS {PUBLISHED}; {}; COMMIT",
                tables.join("; ")
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
            match limited(CONNECT, ask(host)).await {
                Ok(()) => {
                    self.primary.store(at, Ordering::Release);
                    return Ok(());
                }
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    /// Which server takes writes, as far as is known.
    pub(super) fn primary(&self) -> usize {
        self.primary.load(Ordering::Acquire)
    }

    /// A connection whose search path is the registry's schema.
    pub(crate) async fn acquire(&self) -> Result<Lent> {
        self.desk.lend(self, &Role::Desk, DESK_ANSWER).await
    }

    pub(super) fn ear(&self) -> PgPool {
        self.ear.get(self, &Role::Desk)
    }

    /// Listens on another connection next time.
    pub(super) fn forget_ear(&self) {
        self.ear.forget();
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

/// Whether a server takes writes.
async fn ask(host: &PgConnectOptions) -> sqlx::Result<()> {
    let mut connection = host.connect().await?;
    takes_writes(&mut connection).await?;
    connection.close().await
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
