//! What a check of the whole log reads: every row of every table, page by page.

use crate::error::Result;
use crate::log::PostgresLog;
use async_trait::async_trait;
use docket_store::page::integer;
use docket_store::{Inspect, StoredCommand, StoredDocument, StoredKey, StreamPlace, Superseded};
use sqlx::PgPool;
use uuid::Uuid;

/// What `schema.sql` makes, as `own/shape.sql` tells it.
const SHAPE: &str = include_str!("../sql/own/shape.txt");

#[async_trait]
impl Inspect for PostgresLog {
    async fn commands(&self, after: u64, up_to: u64) -> Result<Vec<StoredCommand>> {
        let page = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/stored_commands.sql"))
                .bind(integer(after))
                .bind(integer(up_to))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(i64, Option<Uuid>, Option<i64>)> = self.reader().ask(page).await?;
        let command = |(position, id, size): (i64, Option<Uuid>, Option<i64>)| StoredCommand {
            position: position.unsigned_abs(),
            id,
            size,
        };
        Ok(rows.into_iter().map(command).collect())
    }

    async fn places(&self, after: Option<&StreamPlace>, limit: usize) -> Result<Vec<StreamPlace>> {
        let (stream, version, position) = match after {
            Some(place) => (place.stream.as_str(), place.version, place.position),
            None => ("", i64::MIN, i64::MIN),
        };
        let page = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/places.sql"))
                .bind(stream)
                .bind(version)
                .bind(position)
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(String, i64, i64)> = self.reader().ask(page).await?;
        let place = |(stream, version, position)| StreamPlace {
            stream,
            version,
            position,
        };
        Ok(rows.into_iter().map(place).collect())
    }

    async fn stored_keys(&self, after: Option<&str>, limit: usize) -> Result<Vec<StoredKey>> {
        let page = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/stored_keys.sql"))
                .bind(after.unwrap_or_default())
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(String, Vec<u8>)> = self.reader().ask(page).await?;
        let key = |(stream, wrapped)| StoredKey { stream, wrapped };
        Ok(rows.into_iter().map(key).collect())
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
        let page = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/stored_documents.sql"))
                .bind(stream)
                .bind(hash)
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(String, Vec<u8>)> = self.reader().ask(page).await?;
        let document = |(stream, hash)| StoredDocument { stream, hash };
        Ok(rows.into_iter().map(document).collect())
    }

    async fn superseded(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<Superseded>> {
        let page = |pool: PgPool| async move {
            sqlx::query_as(include_str!("../sql/superseded.sql"))
                .bind(after.unwrap_or_default())
                .bind(integer(limit as u64))
                .fetch_all(&pool)
                .await
        };
        let rows: Vec<(Vec<u8>, i64, i64)> = self.reader().ask(page).await?;
        let note = |(hash, saved_at, later_at)| Superseded {
            hash,
            saved_at,
            later_at,
        };
        Ok(rows.into_iter().map(note).collect())
    }

    async fn schema_differences(&self) -> Result<Vec<String>> {
        let found = self.shape().await?;
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let expected: Vec<&str> = SHAPE.lines().collect();
        let missing = expected.iter().filter(|line| !found.contains(line));
        let missing = missing.map(|line| format!("missing, or not as Docket makes it: {line}"));
        let unknown = found.iter().filter(|line| !expected.contains(line));
        let unknown = unknown.map(|line| format!("none of Docket's: {line}"));
        Ok(missing.chain(unknown).collect())
    }
}

impl PostgresLog {
    /// What the schema of the log is made of, a line for each thing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn shape(&self) -> Result<Vec<String>> {
        let shape = |pool: PgPool| async move {
            let mut connection = pool.acquire().await?.detach();
            sqlx::raw_sql(include_str!("../sql/own/plain_names.sql"))
                .execute(&mut connection)
                .await?;
            sqlx::query_scalar(include_str!("../sql/own/shape.sql"))
                .fetch_all(&mut connection)
                .await
        };
        self.reader().ask(shape).await
    }
}
