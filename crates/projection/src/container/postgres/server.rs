use super::hosts::{self, Hosts};
use super::writer::Writer;
use crate::container::Result;
use crate::engine::Engine;
use crate::registry;
use sea_query::PostgresQueryBuilder;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};
use std::sync::Arc;
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
/// Of all who make what every database needs once, one goes first.
const FIRST: &str = "SELECT pg_advisory_xact_lock(hashtextextended('docket_views', 0))";
/// A number is given by one at a time.
const ALONE: &str =
    "BEGIN; LOCK TABLE docket_views.generations_of_logs IN SHARE ROW EXCLUSIVE MODE";

/// The database that holds the generations.
pub(crate) struct Server {
    hosts: Arc<Hosts>,
    desk: PgPool,
    ear: PgPool,
    /// This node among those of the database.
    node: Uuid,
}

impl Server {
    /// Opens a database and makes the schemas that every one has.
    pub(crate) async fn open(url: &str) -> Result<Arc<Server>> {
        let hosts = Arc::new(Hosts::parse(url)?);
        if hosts.are_several() {
            drop(hosts.find().await?);
        }
        let ages = Arc::clone(&hosts);
        let desk = PgPoolOptions::new()
            .max_connections(DESK)
            .acquire_timeout(DESK_WAIT)
            .before_acquire(move |_, meta| {
                let stays = !ages.is_from_before(meta.age);
                Box::pin(async move { Ok(stays) })
            })
            .connect_lazy_with(desk_of(&hosts));
        let ear = PgPoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(session(&hosts, REGISTRY));
        let mut server = Server {
            hosts,
            desk,
            ear,
            node: Uuid::nil(),
        };
        server.prepare().await?;
        server.node = sqlx::query_scalar("SELECT gen_random_uuid()")
            .fetch_one(&server.desk)
            .await?;
        let server = Arc::new(server);
        if server.hosts.are_several() {
            tokio::spawn(hosts::follow(Arc::downgrade(&server)));
        }
        Ok(server)
    }

    async fn prepare(&self) -> Result<()> {
        let [generations, leases] =
            registry::create(Engine::Postgres).map(|table| table.to_string(PostgresQueryBuilder));
        let mut writer = Writer::new(&self.hosts, self.desking(), "BEGIN");
        writer
            .raw(format!(
                "BEGIN; {FIRST}; CREATE SCHEMA IF NOT EXISTS {REGISTRY}; \
                 CREATE SCHEMA IF NOT EXISTS {PUBLISHED}; {generations}; {leases}; COMMIT"
            ))
            .await?;
        writer.close().await;
        Ok(())
    }

    /// Leads the pools to the server that takes writes.
    pub(super) async fn find_primary(&self) -> Option<PgConnection> {
        let turns = self.hosts.turns();
        let found = self.hosts.find().await;
        if self.hosts.turns() != turns {
            self.desk.set_connect_options(desk_of(&self.hosts));
            let ear = session(&self.hosts, REGISTRY);
            self.ear.set_connect_options(ear);
        }
        found.ok()
    }

    pub(super) fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// A connection whose search path is the registry's schema.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>> {
        Ok(self.desk.acquire().await?)
    }

    pub(super) fn desk(&self) -> &PgPool {
        &self.desk
    }

    pub(super) fn ear(&self) -> &PgPool {
        &self.ear
    }

    /// This node among those of the database.
    pub(crate) fn node(&self) -> Uuid {
        self.node
    }

    /// The registry's own connection.
    pub(crate) fn registry(&self) -> Writer {
        Writer::new(&self.hosts, self.desking(), ALONE)
    }

    /// A session that builds a generation. One that stands still in the middle of it loses it.
    pub(crate) fn building(&self) -> Writer {
        let options = session(&self.hosts, REGISTRY).options([
            ("idle_in_transaction_session_timeout", "60s"),
            ("lock_timeout", "10s"),
        ]);
        Writer::new(&self.hosts, options, ALONE)
    }

    /// A connection that reads a generation.
    pub(super) fn reading(&self, schema: &str) -> PgConnectOptions {
        session(&self.hosts, schema).options([
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "300s"),
            ("jit", "off"),
        ])
    }

    /// A connection that feeds a generation. Whoever freezes while it holds the checkpoint loses
    /// it after 3 seconds. Rows are always found by their keys, also in tables that were empty when
    /// a statement was planned.
    pub(super) fn feeding(&self, schema: &str) -> PgConnectOptions {
        session(&self.hosts, schema).options([
            ("synchronous_commit", "off"),
            ("idle_in_transaction_session_timeout", "3s"),
            ("lock_timeout", "2s"),
            ("statement_timeout", "10s"),
            ("enable_seqscan", "off"),
            ("jit", "off"),
        ])
    }

    fn desking(&self) -> PgConnectOptions {
        session(&self.hosts, REGISTRY).options([
            ("lock_timeout", "5s"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "3s"),
        ])
    }

    pub(crate) async fn close(&self) {
        self.desk.close().await;
        self.ear.close().await;
    }
}

fn desk_of(hosts: &Hosts) -> PgConnectOptions {
    session(hosts, REGISTRY).options([
        ("lock_timeout", "2s"),
        ("statement_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "3s"),
    ])
}

/// A session in a schema, set when it connects: nothing has to be set again on a connection that a
/// pool lends. A name that the URL gives stays.
fn session(hosts: &Hosts, schema: &str) -> PgConnectOptions {
    let options = hosts.lead(hosts.options.clone());
    let name = match options.get_application_name() {
        Some(name) => name.to_owned(),
        None => "docket views".to_owned(),
    };
    options
        .application_name(&name)
        .options([("search_path", schema)])
}
