//! Everything that reads. Long answers come as pages, each its own short transaction: a reader
//! never stands in the way of a checkpoint. What is read is never updated, so the pages fit.

use crate::error::{Result, classify, corrupt};
use crate::page;
use crate::prepared::json;
use docket_store::page::{PAGE, RangePlace, bounds, integer, next_page};
use docket_store::{AuditEntry, Head, Leaf, Recorded, StreamId, StreamRange};
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn read_all(
    readers: &SqlitePool,
    after: u64,
    limit: usize,
) -> Result<Vec<Recorded>> {
    let mut events: Vec<Recorded> = Vec::new();
    while let Some(size) = next_page(events.len(), limit) {
        let after = events.last().map_or(after, |event| event.position);
        let statement = sqlx::query_scalar(include_str!("../sql/read_all.sql"))
            .bind(integer(after))
            .bind(size);
        let page: Option<Vec<u8>> = statement.fetch_one(readers).await.map_err(classify)?;
        if extend(&mut events, page.as_deref(), size)? {
            break;
        }
    }
    Ok(events)
}

pub(crate) async fn read_stream(
    readers: &SqlitePool,
    stream: &StreamId,
    after_version: u64,
    limit: usize,
) -> Result<Vec<Recorded>> {
    let mut events: Vec<Recorded> = Vec::new();
    while let Some(size) = next_page(events.len(), limit) {
        let after = events.last().map_or(after_version, |event| event.version);
        let statement = sqlx::query_scalar(include_str!("../sql/read_stream.sql"));
        let statement = statement
            .bind(stream.as_str())
            .bind(integer(after))
            .bind(size);
        let page: Option<Vec<u8>> = statement.fetch_one(readers).await.map_err(classify)?;
        if extend(&mut events, page.as_deref(), size)? {
            break;
        }
    }
    Ok(events)
}

pub(crate) async fn read_range(readers: &SqlitePool, range: &StreamRange) -> Result<Vec<Recorded>> {
    let mut place = RangePlace::begin(range);
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let size = PAGE as i64;
        let statement = sqlx::query_scalar(include_str!("../sql/read_range.sql"));
        let statement = statement
            .bind(&place.stream)
            .bind(place.version)
            .bind(&place.to)
            .bind(&place.high)
            .bind(integer(range.up_to))
            .bind(size);
        let page: Option<Vec<u8>> = statement.fetch_one(readers).await.map_err(classify)?;
        if extend(&mut events, page.as_deref(), size)? {
            return Ok(events);
        }
        if let Some(last) = events.last() {
            place.move_behind(last);
        }
    }
}

pub(crate) async fn next_streams(
    readers: &SqlitePool,
    category: &str,
    after: Option<&StreamId>,
    streams: usize,
) -> Result<Option<StreamId>> {
    let (low, high) = &bounds(category);
    let after = after.map_or(low.as_str(), StreamId::as_str).max(low);
    let statement = sqlx::query_scalar(include_str!("../sql/next_streams.sql"));
    let statement = statement
        .bind(after)
        .bind(high)
        .bind(integer(streams.max(1) as u64));
    let last: Option<String> = statement.fetch_one(readers).await.map_err(classify)?;
    last.map(|name| {
        StreamId::parse(&name).ok_or_else(|| corrupt("a stream's name without a category"))
    })
    .transpose()
}

pub(crate) async fn versions(readers: &SqlitePool, streams: &[StreamId]) -> Result<Vec<u64>> {
    let statement = sqlx::query_scalar(include_str!("../sql/versions.sql")).bind(names(streams));
    let versions: String = statement.fetch_one(readers).await.map_err(classify)?;
    serde_json::from_str(&versions).map_err(corrupt)
}

pub(crate) async fn command(readers: &SqlitePool, command: Uuid) -> Result<Option<Vec<Recorded>>> {
    let statement =
        sqlx::query_as(include_str!("../sql/command.sql")).bind(command.as_bytes().to_vec());
    let found: Option<(i64, i64)> = statement.fetch_optional(readers).await.map_err(classify)?;
    match found {
        Some((first, size)) => read_all(
            readers,
            first.unsigned_abs() - 1,
            size.unsigned_abs() as usize,
        )
        .await
        .map(Some),
        None => Ok(None),
    }
}

pub(crate) async fn head(readers: &SqlitePool) -> Result<Head> {
    let statement = sqlx::query_as(include_str!("../sql/head.sql"));
    let newest: Option<(i64, i64)> = statement.fetch_optional(readers).await.map_err(classify)?;
    let (position, recorded_at) = newest.unwrap_or((0, 0));
    Ok(Head {
        position: position.unsigned_abs(),
        recorded_at,
    })
}

pub(crate) async fn leaves(readers: &SqlitePool, after: u64, limit: usize) -> Result<Vec<Leaf>> {
    let statement = sqlx::query_scalar(include_str!("../sql/leaves.sql"));
    let statement = statement.bind(integer(after)).bind(integer(limit as u64));
    let page: Option<String> = statement.fetch_one(readers).await.map_err(classify)?;
    page::decode_leaves(page.as_deref().unwrap_or_default())
}

pub(crate) async fn document(readers: &SqlitePool, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
    let statement = sqlx::query_scalar(include_str!("../sql/document.sql")).bind(&hash[..]);
    statement.fetch_optional(readers).await.map_err(classify)
}

pub(crate) async fn keys(
    readers: &SqlitePool,
    streams: &[StreamId],
) -> Result<Vec<Option<Vec<u8>>>> {
    let statement = sqlx::query_scalar(include_str!("../sql/keys.sql")).bind(names(streams));
    let keys: String = statement.fetch_one(readers).await.map_err(classify)?;
    let keys: Vec<Option<String>> = serde_json::from_str(&keys).map_err(corrupt)?;
    keys.into_iter()
        .map(|key| key.map(|key| hex::decode(key).map_err(corrupt)).transpose())
        .collect()
}

pub(crate) async fn setting(readers: &SqlitePool, name: &str) -> Result<Option<Vec<u8>>> {
    let statement = sqlx::query_scalar(include_str!("../sql/setting.sql")).bind(name);
    statement.fetch_optional(readers).await.map_err(classify)
}

#[derive(sqlx::FromRow)]
struct AuditRow {
    at: i64,
    actor: Option<Vec<u8>>,
    unit: Option<Vec<u8>>,
    action: String,
    subject: Option<String>,
    result: String,
    code: Option<String>,
    correlation: Option<String>,
}

pub(crate) async fn audit_trail(readers: &SqlitePool, limit: usize) -> Result<Vec<AuditEntry>> {
    let statement =
        sqlx::query_as(include_str!("../sql/audit_trail.sql")).bind(integer(limit as u64));
    let rows: Vec<AuditRow> = statement.fetch_all(readers).await.map_err(classify)?;
    rows.into_iter().map(entry).collect()
}

fn entry(row: AuditRow) -> Result<AuditEntry> {
    let id = |bytes: Option<Vec<u8>>| {
        bytes
            .map(|bytes| Uuid::from_slice(&bytes).map_err(corrupt))
            .transpose()
    };
    Ok(AuditEntry {
        at: row.at,
        actor: id(row.actor)?,
        unit: id(row.unit)?,
        action: row.action,
        subject: row.subject,
        result: row.result,
        code: row.code,
        correlation: row.correlation,
    })
}

/// Adds a page and answers whether it was the last one.
fn extend(events: &mut Vec<Recorded>, page: Option<&[u8]>, size: i64) -> Result<bool> {
    let page = page::decode(page.unwrap_or_default())?;
    let last = (page.len() as i64) < size;
    events.extend(page);
    Ok(last)
}

fn names(streams: &[StreamId]) -> String {
    let names: Vec<String> = streams.iter().map(|stream| json(stream.as_str())).collect();
    format!("[{}]", names.join(","))
}
