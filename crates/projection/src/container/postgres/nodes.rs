//! What the nodes of one database tell each other: leases, progress, and that there is some.

use super::names::{quoted, schema_name};
use super::pool::limited;
use super::server::{CHANNEL, Server};
use crate::container::Result;
use crate::statement::{CHECKPOINT, PARKED};
use docket_postgres::is_lost;
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Executor};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// By the clock of the database, so that those of the nodes need not agree. One that is wanted no
/// more is given back in passing.
const TAKE: &str = "WITH gone AS (DELETE FROM leases WHERE NOT name = ANY($1) \
     AND (holder = $2 OR until < clock_timestamp() - interval '1 day')) \
     INSERT INTO leases AS l (name, holder, until) \
     SELECT name, $2, clock_timestamp() + $3 * interval '1 millisecond' \
     FROM unnest($1) AS name ORDER BY name \
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, \
     until = clock_timestamp() + $3 * interval '1 millisecond' \
     WHERE l.holder = excluded.holder OR l.until < clock_timestamp() \
     RETURNING l.name";
const GIVE: &str = "DELETE FROM leases WHERE holder = $1";
const RETRY: Duration = Duration::from_millis(250);
/// The wait after the server refused to be listened to, as some poolers do. The runner polls.
const DEAF: Duration = Duration::from_secs(10);
/// Silence after which it is asked whether anybody is there still.
const QUIET: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(2);

/// Where a generation stands, and what tells one set of its parked streams from another.
pub(crate) type Looked = (i64, Option<String>);

impl Server {
    /// Takes or renews leases, all in one statement; answers those that are held.
    pub(crate) async fn take(
        &self,
        names: &[String],
        holder: Uuid,
        lasts: Duration,
    ) -> Result<Vec<String>> {
        let lasts = i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX);
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let taken = sqlx::query_scalar(TAKE)
            .bind(names)
            .bind(holder)
            .bind(lasts)
            .fetch_all(desk.ask());
        let taken = limited(limit, taken).await;
        Ok(desk.told(taken)?)
    }

    /// Gives all leases of a node back.
    pub(crate) async fn give(&self, holder: Uuid) -> Result<()> {
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let given = sqlx::query(GIVE).bind(holder).execute(desk.ask());
        let given = limited(limit, given).await;
        Ok(desk.told(given).map(|_| ())?)
    }

    /// Where generations stand, all in one statement and in their order.
    pub(crate) async fn look(&self, generations: &[(&str, u32)]) -> Result<Vec<Looked>> {
        let looks: Vec<String> = generations
            .iter()
            .enumerate()
            .map(|(at, (name, number))| {
                let schema = quoted(&schema_name(name, *number));
                format!(
                    "SELECT {at} AS at, position, (SELECT md5(string_agg(stream, ' ' \
                     ORDER BY stream)) FROM {schema}.{PARKED}) FROM {schema}.{CHECKPOINT}"
                )
            })
            .collect();
        let sql = format!("{} ORDER BY at", looks.join(" UNION ALL "));
        let mut desk = self.acquire().await?;
        let limit = desk.limit();
        let looked = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(desk.ask());
        let looked = limited(limit, looked).await;
        let looked: Vec<(i32, i64, Option<String>)> = desk.told(looked)?;
        Ok(looked
            .into_iter()
            .map(|(_, position, parked)| (position, parked))
            .collect())
    }

    /// Calls for every batch that any node has written, with its view, and once whenever some may
    /// have been missed. Ends with its task.
    pub(crate) async fn listen(self: Arc<Self>, heard: impl Fn(Option<&str>)) {
        loop {
            let mut pause = RETRY;
            if let Err(error) = self.hear(&heard).await {
                tracing::debug!(%error, "nobody listens to the views for a moment");
                self.forget_ear();
                if !is_lost(&error) {
                    pause = DEAF;
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn hear(&self, heard: &impl Fn(Option<&str>)) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(&self.ear()).await?;
        limited(ANSWER, listener.listen(CHANNEL)).await?;
        heard(None);
        loop {
            match tokio::time::timeout(QUIET, listener.try_recv()).await {
                Ok(Ok(Some(notice))) => heard(notice.payload().split(' ').next()),
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Err(_) => _ = limited(ANSWER, listener.execute("SELECT 1")).await?,
            }
        }
    }
}
