//! What a check of the whole log reads: every row of every table, page by page.

use crate::error::{Result, classify, corrupt};
use crate::log::SqliteLog;
use async_trait::async_trait;
use docket_store::page::integer;
use docket_store::{Inspect, StoredCommand, StoredDocument, StoredKey, StreamPlace, Superseded};
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteExecutor};
use std::collections::BTreeMap;
use uuid::Uuid;

type Page<'q> = sqlx::query::QueryScalar<'q, Sqlite, Option<Vec<u8>>, SqliteArguments>;

impl SqliteLog {
    /// What `PRAGMA quick_check` finds wrong with the pages of the file; nothing where they are sound.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn quick_check(&self) -> Result<Vec<String>> {
        let lines: Vec<String> = sqlx::query_scalar(include_str!("../sql/own/quick_check.sql"))
            .fetch_all(&self.readers())
            .await
            .map_err(classify)?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// The rows of a page, which one value holds as a JSON array.
    async fn page<T: DeserializeOwned>(&self, page: Page<'_>) -> Result<Vec<T>> {
        let page = page.fetch_one(&self.readers()).await.map_err(classify)?;
        // A text that is no UTF-8 is none of ours; it is read as something else, and found so.
        let text = String::from_utf8_lossy(page.as_deref().unwrap_or(b"[]")).into_owned();
        serde_json::from_str(&text).map_err(corrupt)
    }
}

#[async_trait]
impl Inspect for SqliteLog {
    async fn commands(&self, after: u64, up_to: u64) -> Result<Vec<StoredCommand>> {
        let page = sqlx::query_scalar(include_str!("../sql/stored_commands.sql"))
            .bind(integer(after))
            .bind(integer(up_to));
        let rows: Vec<(i64, String, Option<i64>)> = self.page(page).await?;
        let command = |(position, id, size): (i64, String, Option<i64>)| StoredCommand {
            position: position.unsigned_abs(),
            id: Uuid::try_parse(&id).ok(),
            size,
        };
        Ok(rows.into_iter().map(command).collect())
    }

    async fn places(&self, after: Option<&StreamPlace>, limit: usize) -> Result<Vec<StreamPlace>> {
        let (stream, version, position) = match after {
            Some(place) => (place.stream.as_str(), place.version, place.position),
            None => ("", i64::MIN, i64::MIN),
        };
        let page = sqlx::query_scalar(include_str!("../sql/places.sql"))
            .bind(stream)
            .bind(version)
            .bind(position)
            .bind(integer(limit as u64));
        let rows: Vec<(String, i64, i64)> = self.page(page).await?;
        let place = |(stream, version, position)| StreamPlace {
            stream,
            version,
            position,
        };
        Ok(rows.into_iter().map(place).collect())
    }

    async fn stored_keys(&self, after: Option<&str>, limit: usize) -> Result<Vec<StoredKey>> {
        let page = sqlx::query_scalar(include_str!("../sql/stored_keys.sql"))
            .bind(after.unwrap_or_default())
            .bind(integer(limit as u64));
        let rows: Vec<(String, String)> = self.page(page).await?;
        let key = |(stream, wrapped)| {
            Ok(StoredKey {
                stream,
                wrapped: bytes(wrapped)?,
            })
        };
        rows.into_iter().map(key).collect()
    }

    async fn stored_documents(
        &self,
        after: Option<&StoredDocument>,
        limit: usize,
    ) -> Result<Vec<StoredDocument>> {
        let (stream, hash) = match after {
            Some(document) => (document.stream.as_str(), &document.hash[..]),
            None => ("", &[][..]),
        };
        let page = sqlx::query_scalar(include_str!("../sql/stored_documents.sql"))
            .bind(stream)
            .bind(hash)
            .bind(integer(limit as u64));
        let rows: Vec<(String, String)> = self.page(page).await?;
        let document = |(stream, hash)| {
            Ok(StoredDocument {
                stream,
                hash: bytes(hash)?,
            })
        };
        rows.into_iter().map(document).collect()
    }

    async fn superseded(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<Superseded>> {
        let page = sqlx::query_scalar(include_str!("../sql/superseded.sql"))
            .bind(after.unwrap_or_default())
            .bind(integer(limit as u64));
        let rows: Vec<(String, i64, i64)> = self.page(page).await?;
        let note = |(hash, saved_at, later_at)| {
            Ok(Superseded {
                hash: bytes(hash)?,
                saved_at,
                later_at,
            })
        };
        rows.into_iter().map(note).collect()
    }

    /// An empty database is made in memory and compared: what SQLite keeps of a schema is the text of
    /// the statements that made it.
    async fn schema_differences(&self) -> Result<Vec<String>> {
        let mut fresh = SqliteConnectOptions::new()
            .in_memory(true)
            .connect()
            .await
            .map_err(classify)?;
        sqlx::raw_sql(include_str!("../sql/schema.sql"))
            .execute(&mut fresh)
            .await
            .map_err(classify)?;
        let expected = schema(&mut fresh).await?;
        fresh.close().await.map_err(classify)?;
        Ok(differences(&expected, &schema(&self.readers()).await?))
    }
}

/// Type and name of each thing, and the statement that made it.
type Schema = BTreeMap<(String, String), String>;

async fn schema(database: impl SqliteExecutor<'_>) -> Result<Schema> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(include_str!("../sql/own/schema.sql"))
        .fetch_all(database)
        .await
        .map_err(classify)?;
    let pairs = rows.into_iter();
    Ok(pairs.map(|(kind, name, sql)| ((kind, name), sql)).collect())
}

fn differences(expected: &Schema, found: &Schema) -> Vec<String> {
    let mut differences = Vec::new();
    for ((kind, name), sql) in expected {
        match found.get(&(kind.clone(), name.clone())) {
            None => differences.push(format!("the {kind} {name} is missing")),
            Some(other) if other != sql => {
                differences.push(format!(
                    "the {kind} {name} is not the one that Docket makes"
                ));
            }
            Some(_) => {}
        }
    }
    let unknown = found.keys().filter(|key| !expected.contains_key(*key));
    differences
        .extend(unknown.map(|(kind, name)| format!("the {kind} {name} is none of Docket's")));
    differences
}

fn bytes(digits: String) -> Result<Vec<u8>> {
    hex::decode(digits).map_err(corrupt)
}
