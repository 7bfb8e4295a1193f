//! Everything that reads. Long answers come as pages, each its own short transaction: a reader
//! never holds a snapshot for long. What is read is never updated, so the pages fit.

use crate::copy::{self, literal};
use crate::error::{Result, classify, corrupt, silent};
use crate::readers::Readers;
use docket_postgres::is_lost;
use docket_store::page::{bounds, integer, next_page};
use docket_store::{AuditEntry, Head, Leaf, Recorded, StreamId, StreamRange, lossy};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

/// The wait before a question is asked again.
const AGAIN: Duration = Duration::from_millis(20);

/// The readers, and how long an answer may take.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) readers: Readers,
    pub(crate) answer_within: Duration,
    pub(crate) give_up_after: Duration,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    position: i64,
    stream: String,
    version: i64,
    kind: String,
    schema: i32,
    payload: String,
    sealed: Option<Vec<u8>>,
    metadata: String,
    recorded_at: i64,
    leaf: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct AuditRow {
    at: i64,
    actor: Option<Uuid>,
    unit: Option<Uuid>,
    action: String,
    subject: Option<String>,
    result: String,
    code: Option<String>,
    correlation: Option<String>,
}

impl Reader {
    pub(crate) async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>> {
        let mut events: Vec<Recorded> = Vec::new();
        while let Some(size) = next_page(events.len(), limit) {
            let after = events.last().map_or(after, |event| event.position);
            let page = |pool: PgPool| async move {
                sqlx::query_as(include_str!("../sql/read_all.sql"))
                    .bind(integer(after))
                    .bind(size)
                    .fetch_all(&pool)
                    .await
            };
            if extend(&mut events, self.ask(page).await?, size) {
                break;
            }
        }
        Ok(events)
    }

    pub(crate) async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>> {
        let mut events: Vec<Recorded> = Vec::new();
        while let Some(size) = next_page(events.len(), limit) {
            let after = events.last().map_or(after_version, |event| event.version);
            let page = |pool: PgPool| async move {
                sqlx::query_as(include_str!("../sql/read_stream.sql"))
                    .bind(stream.as_str())
                    .bind(integer(after))
                    .bind(size)
                    .fetch_all(&pool)
                    .await
            };
            if extend(&mut events, self.ask(page).await?, size) {
                break;
            }
        }
        Ok(events)
    }

    /// One statement for the whole range: whoever asks keeps it small.
    pub(crate) async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>> {
        let (low, high) = bounds(&range.category);
        let from = range.from.as_ref().map_or(low.as_str(), StreamId::as_str);
        let to = range.to.as_ref().map_or(high.as_str(), StreamId::as_str);
        let copy = copy::text(
            include_str!("../sql/read_range.sql"),
            &[
                literal(from.max(&low)),
                literal(to.min(&high)),
                integer(range.up_to).to_string(),
            ],
        );
        let read = |pool| copy::events(pool, &copy);
        self.ask_in(Readers::bulk, read).await?
    }

    pub(crate) async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>> {
        let (low, high) = &bounds(category);
        let after = after.map_or(low.as_str(), StreamId::as_str).max(low);
        let last = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/next_streams.sql"))
                .bind(after)
                .bind(high)
                .bind(integer(streams.max(1) as u64))
                .fetch_one(&pool)
                .await
        };
        let last: Option<String> = self.ask(last).await?;
        last.map(|name| stream_of(&name)).transpose()
    }

    pub(crate) async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>> {
        let versions = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/versions.sql"))
                .bind(names(streams))
                .fetch_one(&pool)
                .await
        };
        let versions: Vec<i64> = self.ask(versions).await?;
        Ok(versions.into_iter().map(i64::unsigned_abs).collect())
    }

    pub(crate) async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>> {
        let found = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/command.sql"))
                .bind(command)
                .fetch_optional(&pool)
                .await
        };
        let found: Option<(i64, i32)> = self.ask(found).await?;
        match found {
            Some((first, size)) => self
                .read_all(first.unsigned_abs() - 1, size.unsigned_abs() as usize)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn head(&self) -> Result<Head> {
        let newest = |pool: PgPool| async move {
            let asked = sqlx::query_as(include_str!("../sql/head.sql"));
            asked.fetch_optional(&pool).await
        };
        let newest: Option<(i64, i64)> = self.ask(newest).await?;
        let (position, recorded_at) = newest.unwrap_or((0, 0));
        Ok(Head {
            position: position.unsigned_abs(),
            recorded_at,
        })
    }

    pub(crate) async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>> {
        let leaves = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/leaves.sql"))
                .bind(integer(after))
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let leaves: Vec<Vec<u8>> = self.ask(leaves).await?;
        leaves.into_iter().map(leaf).collect()
    }

    pub(crate) async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        let found = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/document.sql"))
                .bind(&hash[..])
                .fetch_optional(&pool)
                .await
        };
        self.ask(found).await
    }

    pub(crate) async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>> {
        let keys = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/keys.sql"))
                .bind(names(streams))
                .fetch_all(&pool)
                .await
        };
        self.ask(keys).await
    }

    pub(crate) async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let found = |pool: PgPool| async move {
            sqlx::query_scalar(include_str!("../sql/setting.sql"))
                .bind(name)
                .fetch_optional(&pool)
                .await
        };
        self.ask(found).await
    }

    pub(crate) async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        let rows = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/audit_trail.sql"))
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<AuditRow> = self.ask(rows).await?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// Asks, and asks again where only a connection was lost: the database restarted, and what is
    /// in the pool is from before.
    pub(crate) async fn ask<T, A>(&self, question: impl Fn(PgPool) -> A) -> Result<T>
    where
        A: Future<Output = std::result::Result<T, sqlx::Error>>,
    {
        self.ask_in(Readers::pool, question).await
    }

    /// The same of one of the pools.
    async fn ask_in<T, A>(
        &self,
        pool: fn(&Readers) -> PgPool,
        question: impl Fn(PgPool) -> A,
    ) -> Result<T>
    where
        A: Future<Output = std::result::Result<T, sqlx::Error>>,
    {
        let give_up = Instant::now() + self.give_up_after;
        loop {
            let pool = pool(&self.readers);
            let Ok(answer) = timeout(self.answer_within, question(pool.clone())).await else {
                self.readers.renew(&pool);
                return Err(silent());
            };
            match answer {
                Err(error) if is_lost(&error) && Instant::now() < give_up => sleep(AGAIN).await,
                answer => return answer.map_err(classify),
            }
        }
    }
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        AuditEntry {
            at: row.at,
            actor: row.actor,
            unit: row.unit,
            action: row.action,
            subject: row.subject,
            result: row.result,
            code: row.code,
            correlation: row.correlation,
        }
    }
}

impl From<EventRow> for Recorded {
    fn from(row: EventRow) -> Self {
        Recorded {
            position: row.position.unsigned_abs(),
            stream: StreamId::parse_lossy(&row.stream),
            version: row.version.unsigned_abs(),
            kind: row.kind,
            schema: lossy::schema(row.schema.into()),
            payload: row.payload,
            sealed: row.sealed.unwrap_or_default(),
            metadata: row.metadata,
            recorded_at: row.recorded_at,
            leaf: lossy::leaf(&row.leaf),
        }
    }
}

/// Adds a page and answers whether it was the last one.
fn extend(events: &mut Vec<Recorded>, page: Vec<EventRow>, size: i64) -> bool {
    let last = (page.len() as i64) < size;
    events.extend(page.into_iter().map(Recorded::from));
    last
}

fn leaf(bytes: Vec<u8>) -> Result<Leaf> {
    bytes
        .try_into()
        .map_err(|_| corrupt("a leaf has another length"))
}

fn stream_of(name: &str) -> Result<StreamId> {
    StreamId::parse(name).ok_or_else(|| corrupt("a stream's name without a category"))
}

fn names(streams: &[StreamId]) -> Vec<&str> {
    streams.iter().map(StreamId::as_str).collect()
}
