//! Which schemas there are, who uses them, and when they go.

use super::names::{is_generation, quoted, schema_name};
use super::pool::{Lent, limited};
use super::server::{PUBLISHED, Server};
use crate::container::Result;
use crate::registry;
use sea_query::PostgresQueryBuilder;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

const TRY_LOCK: &str = "SELECT pg_try_advisory_xact_lock($1)";
const LOCK: &str = "SELECT pg_advisory_lock($1)";
const SHARE: &str = "SELECT pg_advisory_lock_shared($1)";
const UNSHARE: &str = "SELECT pg_advisory_unlock_shared($1)";
const GENERATIONS: &str = "SELECT n.nspname::text FROM pg_namespace n \
     JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'docket_checkpoint' \
     WHERE n.nspname LIKE 'docket\\_%'";
const TABLES: &str = "SELECT c.relname::text FROM pg_class c \
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r' \
     AND c.relname NOT IN ('docket_checkpoint', 'docket_parked') ORDER BY c.relname";
/// Whoever publishes a view does it alone, and finds what the one before him did.
const PUBLISH_ALONE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('docket_views publish ' || $1, 0))";
/// The schemas that the published view of a table reads.
const READ_BY: &str = "SELECT count(*) FROM pg_views WHERE schemaname = 'docket' \
     AND viewname = $1 AND position($2 IN definition) > 0";

const BYTES: &str = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE n.nspname = $1 AND c.relkind = 'r'";

/// The locks of a generation. They live and die with sessions, so that a killed node holds none.
#[derive(Clone, Copy)]
enum Lock {
    /// Held by the session that builds it.
    Build,
    /// Shared by the nodes that use it.
    Use,
}

impl Lock {
    fn key(self, name: &str, number: u32) -> i64 {
        let what = match self {
            Lock::Build => "build",
            Lock::Use => "use",
        };
        let hash = Sha256::digest(format!("docket_views {what} {name} {number}"));
        let (first, _) = hash.split_first_chunk::<8>().expect("a hash has 32 bytes");
        i64::from_be_bytes(*first)
    }

    /// Takes it until the transaction ends, if it is free.
    async fn try_take(
        self,
        connection: &mut PgConnection,
        name: &str,
        number: u32,
    ) -> sqlx::Result<bool> {
        sqlx::query_scalar(TRY_LOCK)
            .bind(self.key(name, number))
            .fetch_one(connection)
            .await
    }

    async fn run(
        self,
        sql: &'static str,
        connection: &mut PgConnection,
        name: &str,
        number: u32,
    ) -> sqlx::Result<()> {
        sqlx::query(sql)
            .bind(self.key(name, number))
            .execute(connection)
            .await
            .map(|_| ())
    }
}

/// Whether nobody builds a generation. Within a transaction it stays so until that ends.
pub(super) async fn is_free(
    connection: &mut PgConnection,
    name: &str,
    number: u32,
) -> sqlx::Result<bool> {
    Lock::Build.try_take(connection, name, number).await
}

/// The session builds a generation, for as long as it lives.
pub(super) async fn hold(
    connection: &mut PgConnection,
    name: &str,
    number: u32,
) -> sqlx::Result<()> {
    Lock::Build.run(LOCK, connection, name, number).await
}

/// The node of the session uses a generation.
pub(super) async fn enter(
    connection: &mut PgConnection,
    name: &str,
    number: u32,
) -> sqlx::Result<()> {
    Lock::Use.run(SHARE, connection, name, number).await
}

/// The node of the session uses it no more.
pub(super) async fn leave(
    connection: &mut PgConnection,
    name: &str,
    number: u32,
) -> sqlx::Result<()> {
    Lock::Use.run(UNSHARE, connection, name, number).await
}

impl Server {
    /// Drops a generation's schema unless somebody builds or uses it; whether it is gone. Whoever
    /// reads it at this moment puts that off. All in one transaction: what people with psql read
    /// turns to what else answers before the schema would take it along with its privileges and
    /// with what was built on it, and the registry never names a schema that is not there.
    pub(crate) async fn remove(&self, log: Uuid, name: &str, number: u32) -> bool {
        let removed = async {
            let mut desk = self.acquire().await?;
            if !own(&mut desk, name, number).await? {
                return Ok(false);
            }
            let limit = desk.limit();
            let dropped = limited(limit, replace(desk.ask(), log, name, number)).await;
            desk.told(dropped)?;
            desk.commit().await?;
            Result::Ok(true)
        };
        removed.await.unwrap_or_else(|error| {
            tracing::debug!(%error, view = name, generation = number, "the schema stays for now");
            false
        })
    }

    /// Whether nobody builds or uses a generation at this moment.
    pub(crate) async fn is_unused(&self, name: &str, number: u32) -> Result<bool> {
        let mut desk = self.acquire().await?;
        let unused = own(&mut desk, name, number).await?;
        desk.roll_back().await?;
        Ok(unused)
    }

    /// Bytes of a schema's tables with their indexes.
    pub(crate) async fn bytes(&self, schema: &str) -> Result<u64> {
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let bytes = sqlx::query_scalar(BYTES).bind(schema).fetch_one(desk.ask());
        let bytes = limited(limit, bytes).await;
        let bytes: i64 = desk.told(bytes)?;
        Ok(bytes.unsigned_abs())
    }

    /// The schemas that look like generations.
    pub(crate) async fn schemas(&self) -> Result<Vec<String>> {
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let found = sqlx::query_scalar(GENERATIONS).fetch_all(desk.ask());
        let found = limited(limit, found).await;
        let mut found: Vec<String> = desk.told(found)?;
        found.retain(|schema| is_generation(schema));
        Ok(found)
    }

    /// Drops a schema that no generation is known of.
    pub(crate) async fn remove_stray(&self, schema: &str) -> Result<()> {
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let dropped = limited(limit, drop_schema(desk.ask(), schema)).await;
        Ok(desk.told(dropped)?)
    }

    /// Lets the views in schema `docket` read the newest generation that answers, as the registry has
    /// it by now: another node may have switched since this one looked. Not part of the switch:
    /// whoever reads one of them for long must not hold up what answers; then it is done at the next
    /// look.
    pub(crate) async fn publish(&self, log: Uuid, name: &str) -> Result<()> {
        let mut desk = self.acquire().await?;
        desk.begin("BEGIN").await?;
        let limit = desk.limit();
        let published = limited(limit, publish_newest(desk.ask(), log, name, None)).await;
        desk.told(published)?;
        Ok(desk.commit().await?)
    }
}

/// Takes both locks of a generation until the transaction ends, if they are free.
async fn own(desk: &mut Lent, name: &str, number: u32) -> Result<bool> {
    desk.begin("BEGIN").await?;
    for lock in [Lock::Build, Lock::Use] {
        let limit = desk.limit();
        let taken = limited(limit, lock.try_take(desk.ask(), name, number)).await;
        if !desk.told(taken)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Publishes what else answers, drops a generation's schema, and notes that.
async fn replace(
    connection: &mut PgConnection,
    log: Uuid,
    name: &str,
    number: u32,
) -> sqlx::Result<()> {
    publish_newest(connection, log, name, Some(number)).await?;
    docket_store::failpoint!("drop.published");
    drop_schema(connection, &schema_name(name, number)).await?;
    docket_store::failpoint!("drop.dropped");
    let dropped = registry::put_dropped(name, number);
    run(connection, dropped.to_string(PostgresQueryBuilder)).await
}

/// Within a transaction.
async fn publish_newest(
    connection: &mut PgConnection,
    log: Uuid,
    name: &str,
    but: Option<u32>,
) -> sqlx::Result<()> {
    sqlx::query(PUBLISH_ALONE)
        .bind(name)
        .execute(&mut *connection)
        .await?;
    let newest = registry::newest_live(log, name, but).to_string(PostgresQueryBuilder);
    let newest: Option<i64> = sqlx::query_scalar(AssertSqlSafe(newest))
        .fetch_one(&mut *connection)
        .await?;
    match newest.and_then(|number| u32::try_from(number).ok()) {
        Some(number) => publish_all(connection, &schema_name(name, number)).await,
        None => Ok(()),
    }
}

async fn publish_all(connection: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let tables: Vec<String> = sqlx::query_scalar(TABLES)
        .bind(schema)
        .fetch_all(&mut *connection)
        .await?;
    for table in tables {
        let read: i64 = sqlx::query_scalar(READ_BY)
            .bind(&table)
            .bind(format!("{schema}."))
            .fetch_one(&mut *connection)
            .await?;
        if read == 0 {
            publish(connection, schema, &table).await?;
        }
    }
    Ok(())
}

/// Privileges on a view and views that read it stay where its columns are the same.
async fn publish(connection: &mut PgConnection, schema: &str, table: &str) -> sqlx::Result<()> {
    let view = format!("{PUBLISHED}.{}", quoted(table));
    let select = format!("AS SELECT * FROM {}.{}", quoted(schema), quoted(table));
    let replaced = format!("SAVEPOINT replacing; CREATE OR REPLACE VIEW {view} {select}");
    match run(connection, replaced).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P16") => {}
        other => return other,
    }
    let anew = format!(
        "ROLLBACK TO SAVEPOINT replacing; DROP VIEW IF EXISTS {view} CASCADE; \
         CREATE VIEW {view} {select}"
    );
    run(connection, anew).await
}

async fn drop_schema(connection: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", quoted(schema));
    run(connection, sql).await
}

async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(|_| ())
}
