use super::{plain, select, statement};
use crate::container::Result;
use crate::table::Table;
use crate::value::{Row, Value};
use sea_query::{
    DeleteStatement, InsertStatement, SelectStatement, SqliteQueryBuilder, UpdateStatement, Values,
};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, Executor, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Most parameters of one statement; SQLite takes 32,766.
const PARAMETERS_MAX: usize = 8_192;
/// Owners whose rows are fetched by one query.
const OWNERS: usize = 256;
/// Rows deleted by one statement; each key is a condition of its own.
const DELETES: usize = 64;

/// The connection that writes a container, with the texts of its bulk inserts.
pub(crate) struct Writer {
    connection: Option<SqliteConnection>,
    /// Whether a transaction may be open: a caller that is dropped half-way leaves it so.
    begun: bool,
    inserts: HashMap<(&'static str, usize, bool), Arc<str>>,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection) -> Writer {
        Writer {
            connection: Some(connection),
            begun: false,
            inserts: HashMap::new(),
        }
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection> {
        self.connection
            .as_mut()
            .ok_or_else(|| crate::ViewError::Unavailable("the view is closed".to_owned()))
    }

    pub(crate) async fn close(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "a view could not be closed");
        }
    }

    /// Runs a statement without parameters.
    pub(crate) async fn run(&mut self, sql: String) -> Result<()> {
        self.connection()?.execute(AssertSqlSafe(sql)).await?;
        Ok(())
    }

    pub(crate) async fn begin(&mut self) -> Result<()> {
        if self.begun {
            self.roll_back().await;
        }
        self.begun = true;
        self.connection()?.execute("BEGIN IMMEDIATE").await?;
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.connection()?.execute("COMMIT").await?;
        self.begun = false;
        Ok(())
    }

    /// Gives up what was begun.
    pub(crate) async fn roll_back(&mut self) {
        self.begun = false;
        if let Ok(connection) = self.connection()
            && let Err(error) = connection.execute("ROLLBACK").await
        {
            tracing::debug!(%error, "nothing was rolled back");
        }
    }

    pub(crate) async fn begin_with(&mut self, statement: &UpdateStatement) -> Result<u64> {
        self.begin().await?;
        self.run_update(statement).await
    }

    pub(crate) async fn run_insert(&mut self, statement: &InsertStatement) -> Result<u64> {
        self.execute(statement.build(SqliteQueryBuilder)).await
    }

    pub(crate) async fn run_update(&mut self, statement: &UpdateStatement) -> Result<u64> {
        self.execute(statement.build(SqliteQueryBuilder)).await
    }

    pub(crate) async fn run_delete(&mut self, statement: &DeleteStatement) -> Result<u64> {
        self.execute(statement.build(SqliteQueryBuilder)).await
    }

    async fn execute(&mut self, (sql, values): (String, Values)) -> Result<u64> {
        let query = sqlx::query_with(AssertSqlSafe(sql), plain(values));
        Ok(query.execute(self.connection()?).await?.rows_affected())
    }

    pub(crate) async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Row>> {
        select(self.connection()?, statement).await
    }

    pub(crate) async fn standing(&mut self, table: &Table, owners: &[Value]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for owners in owners.chunks(OWNERS) {
            rows.extend(self.select(&statement::standing(table, owners)).await?);
        }
        Ok(rows)
    }

    pub(crate) async fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        self.insert(table, rows, true).await
    }

    pub(crate) async fn delete(&mut self, table: &Table, keys: &[&[Value]]) -> Result<()> {
        for keys in keys.chunks(DELETES) {
            self.run_delete(&statement::delete(table, keys)).await?;
        }
        Ok(())
    }

    pub(crate) async fn add_counts(
        &mut self,
        table: &Table,
        counts: BTreeMap<Vec<Value>, i64>,
    ) -> Result<()> {
        let fewer = counts.values().any(|by| *by < 0);
        for (key, by) in counts {
            self.run_insert(&statement::add_count(table, &key, by))
                .await?;
        }
        if fewer {
            self.run_delete(&statement::drop_empty_counts(table))
                .await?;
        }
        Ok(())
    }

    /// Writes rows in as few statements as their parameters allow. Sizes are powers of two, so that
    /// few statements are prepared.
    pub(crate) async fn insert(
        &mut self,
        table: &Table,
        rows: Vec<Row>,
        upsert: bool,
    ) -> Result<()> {
        let largest = (PARAMETERS_MAX / table.columns.len()).max(1);
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let size = 1 << rows.len().min(largest).ilog2();
            let mut arguments = SqliteArguments::default();
            arguments.reserve(size * table.columns.len(), 0);
            for value in rows.by_ref().take(size).flatten() {
                bind(&mut arguments, value)?;
            }
            let sql = self.insert_text(table, size, upsert);
            sqlx::query_with(AssertSqlSafe(sql), arguments)
                .execute(self.connection()?)
                .await?;
        }
        Ok(())
    }

    fn insert_text(&mut self, table: &Table, rows: usize, upsert: bool) -> Arc<str> {
        let text = self.inserts.entry((table.name, rows, upsert));
        text.or_insert_with(|| {
            statement::insert(table, rows, upsert)
                .build(SqliteQueryBuilder)
                .0
                .into()
        })
        .clone()
    }
}

fn bind(arguments: &mut SqliteArguments, value: Value) -> Result<()> {
    let added = match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Int(number) => arguments.add(number),
        Value::Text(text) => arguments.add(text),
        Value::Id(id) => arguments.add(id.as_bytes().to_vec()),
        Value::Instant(instant) => arguments.add(instant.micros()),
        Value::Day(day) => arguments.add(day.number()),
        Value::Flag(flag) => arguments.add(i64::from(flag)),
        Value::Bytes(bytes) => arguments.add(bytes),
    };
    added.map_err(|error| crate::ViewError::Backend(error.to_string()))
}
