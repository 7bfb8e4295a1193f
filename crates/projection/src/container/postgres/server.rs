use super::pool::{Lent, Pool, limited, stands};
use super::writer::Writer;
use crate::container::Result;
use crate::engine::Engine;
use crate::error::ViewError;
use crate::registry;
use docket_postgres::{DatabaseUrl, Session, Wanted, said, welcome};
use sea_query::PostgresQueryBuilder;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
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
/// Of all who make what every database needs once, one goes first.
const FIRST: &str = "SELECT pg_advisory_xact_lock(hashtextextended('docket_views', 0))";
/// A number is given by one at a time.
const ALONE: &str =
    "BEGIN; LOCK TABLE docket_views.generations_of_logs IN SHARE ROW EXCLUSIVE MODE";

/// Asked of the catalogue, which everybody may read.
const READABLE: &str = "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
     AND pg_catalog.has_table_privilege(c.oid, 'SELECT') FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = $1 AND c.relname = 'generations_of_logs'";

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
    url: DatabaseUrl,
    /// Which of them takes writes.
    primary: AtomicUsize,
    desk: Pool,
    ear: Pool,
    /// This node among those of the database.
    node: OnceLock<Uuid>,
}

impl Server {
    /// Opens a database and makes the schemas that every one has.
    pub(crate) async fn open(url: DatabaseUrl) -> Result<Arc<Server>> {
        let server = Self::open_to_look(url).await?;
        // A schema that this role may not use would be passed over as if it were not there.
        server.has_registry().await?;
        server.prepare().await?;
        Ok(server)
    }

    /// Whether a database has a registry.
    ///
    /// # Errors
    /// When this role may not read it.
    pub(crate) async fn has_registry(&self) -> Result<bool> {
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let readable = sqlx::query_scalar(READABLE)
            .bind(REGISTRY)
            .fetch_optional(desk.ask());
        let readable = limited(limit, readable).await;
        match desk.told(readable)? {
            None => Ok(false),
            Some(true) => Ok(true),
            Some(false) => Err(ViewError::Backend(said(
                "permission denied for the registry of read models, schema docket_views",
                "42501",
            ))),
        }
    }

    /// Opens a database and makes nothing.
    pub(crate) async fn open_to_look(url: DatabaseUrl) -> Result<Arc<Server>> {
        let wait = DESK_WAIT.max(url.connect_within());
        let server = Arc::new(Server {
            url,
            primary: AtomicUsize::new(0),
            desk: Pool::new(move || {
                PgPoolOptions::new()
                    .max_connections(DESK)
                    .acquire_timeout(wait)
                    .test_before_acquire(false)
                    .before_acquire(|connection, meta| {
                        Box::pin(stands(connection, meta, Duration::ZERO))
                    })
                    .after_connect(|connection, _| Box::pin(welcome(connection, Wanted::Primary)))
            }),
            ear: Pool::new(move || {
                PgPoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(wait)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .after_connect(|connection, _| Box::pin(welcome(connection, Wanted::Primary)))
            }),
            node: OnceLock::new(),
        });
        server.seek().await?;
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
        if self.url.servers() == 1 {
            return Ok(());
        }
        let mut last = ViewError::Unavailable("no server takes writes".to_owned());
        for at in 0..self.url.servers() {
            let host = self.url.pooled(at, &session(&Role::Desk));
            match limited(self.url.connect_within(), ask(&host)).await {
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

    /// How long one server may take to take up a connection.
    pub(super) fn connect_within(&self) -> Duration {
        self.url.connect_within()
    }

    /// How to connect for a purpose.
    pub(super) fn session(&self, role: &Role) -> PgConnectOptions {
        self.url.pooled(self.primary(), &session(role))
    }

    pub(crate) async fn close(&self) {
        self.desk.close().await;
        self.ear.close().await;
    }
}

/// What a connection is for, with its limits. Those that a role or a database was given as defaults
/// count for none of them: they would end a build after hours.
pub(super) fn session(role: &Role) -> Session {
    let of = |schema: &str| Session::new("views").with("search_path", schema);
    match role {
        Role::Desk => of(REGISTRY)
            .with("lock_timeout", "2s")
            .with("statement_timeout", "10s")
            .with("idle_in_transaction_session_timeout", "3s"),
        // Whoever stands still in the middle of a build loses it; a statement may take hours.
        Role::Build => of(REGISTRY)
            .with("lock_timeout", "10s")
            .with("idle_in_transaction_session_timeout", "60s"),
        Role::Read(schema) => of(schema)
            .with("default_transaction_read_only", "on")
            .with("statement_timeout", "60s")
            .with("idle_in_transaction_session_timeout", "300s")
            .with("jit", "off"),
        // Whoever freezes while it holds the checkpoint loses it after 3 seconds. Rows are always
        // found by their keys, also in tables that were empty when a statement was planned.
        Role::Feed(schema) => of(schema)
            .with("synchronous_commit", "off")
            .with("lock_timeout", "2s")
            .with("statement_timeout", "10s")
            .with("idle_in_transaction_session_timeout", "3s")
            .with("enable_seqscan", "off")
            .with("jit", "off"),
    }
}

/// Whether a server takes writes.
async fn ask(host: &PgConnectOptions) -> sqlx::Result<()> {
    let mut connection = host.connect().await?;
    welcome(&mut connection, Wanted::Primary).await?;
    connection.close().await
}
