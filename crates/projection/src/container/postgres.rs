//! A generation in a schema.
//!
//! A node has few connections, all opened when they are first needed: at most 3 for the registry,
//! the leases and the checkpoints, 1 that listens, 1 that writes for every view the node feeds, and
//! at most 4 that read for every view; those go when they were idle for a minute.

mod arrays;
mod copy;
mod error;
mod load;
mod names;
mod nodes;
mod pool;
mod schemas;
mod server;
mod sums;
mod texts;
mod witness;
mod writer;

pub(crate) use copy::Copied;
pub(crate) use docket_postgres::is_lost;
pub(crate) use error::sort;
pub(crate) use load::Loader;
pub(crate) use names::schema_name;
pub(crate) use pool::Lent;
pub(crate) use server::Server;
pub(super) use sums::page;
pub(crate) use witness::witnesses;
pub(crate) use writer::Writer;

use self::pool::{Pool, stands};
use self::server::Role;
use super::Result;
use super::handle::{Reader, Readers};
use crate::container::{self, Container};
use crate::table::Table;
use crate::value::{Row, Value};
use chrono::{DateTime, NaiveDate, Utc};
use docket_domain::time;
use docket_postgres::{Wanted, welcome};
use sea_query::{PostgresQueryBuilder, SelectStatement};
use sea_query_sqlx::SqlxBinder;
use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, PgConnection, Row as _, TypeInfo, ValueRef};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const READERS: u32 = 4;
const READER_WAIT: Duration = Duration::from_secs(2);
/// A reader that was idle for longer is asked whether its connection still stands.
const TRUSTED: Duration = Duration::from_secs(1);
const READER_IDLE: Duration = Duration::from_secs(60);
/// How long a query may take, and one that adds up whole tables: longer than the server lets a
/// statement run.
const READER_ANSWER: Duration = Duration::from_secs(15);
pub(super) const PATIENT: Duration = Duration::from_secs(65);
const MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The schema of a generation, open to be read.
pub(crate) struct Schema {
    name: String,
    role: Role,
    readers: Pool,
    server: Arc<Server>,
    /// The position up to which this node has answered.
    answered: Arc<AtomicU64>,
}

/// Opens the container of a schema.
pub(crate) fn open(
    server: &Arc<Server>,
    name: &str,
    number: u32,
    tables: Arc<[Table]>,
) -> Container {
    let schema = Schema::open(server, schema_name(name, number));
    let writer = Writer::feeding(server, &schema.name, format!("{name} {number}"));
    Container::new(
        tables,
        container::Writer::Postgres(writer),
        Readers::Postgres(schema),
    )
}

impl Schema {
    fn open(server: &Arc<Server>, name: String) -> Schema {
        let answered = Arc::new(AtomicU64::default());
        let floor = Arc::clone(&answered);
        let readers = move || {
            let floor = Arc::clone(&floor);
            PgPoolOptions::new()
                .max_connections(READERS)
                .acquire_timeout(READER_WAIT)
                .idle_timeout(READER_IDLE)
                .test_before_acquire(false)
                .before_acquire(|connection, meta| Box::pin(stands(connection, meta, TRUSTED)))
                .after_connect(move |connection, _| {
                    let floor = floor.load(Ordering::Acquire);
                    Box::pin(has_come_to(connection, floor))
                })
        };
        Schema {
            role: Role::Read(name.clone()),
            name,
            readers: Pool::new(readers),
            server: Arc::clone(server),
            answered,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn answered(&self, position: u64) {
        self.answered.fetch_max(position, Ordering::AcqRel);
    }

    async fn lend(&self) -> Result<Lent> {
        self.readers
            .lend(&self.server, &self.role, READER_ANSWER)
            .await
    }

    pub(super) async fn acquire(&self) -> Result<Reader> {
        Ok(Reader::Postgres(self.lend().await?))
    }

    /// A connection that may read a checkpoint below what was answered.
    pub(super) async fn outside(&self) -> Result<Reader> {
        Ok(Reader::Postgres(self.server.acquire().await?))
    }

    /// A connection may be found lost only now; then there is another.
    pub(super) async fn begin(&self) -> Result<Lent> {
        for _ in 0..READERS {
            let mut reader = self.lend().await?;
            match reader.begin(MOMENT).await {
                Ok(()) => return Ok(reader),
                Err(error) if is_lost(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut reader = self.lend().await?;
        reader.begin(MOMENT).await?;
        Ok(reader)
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
    }
}

/// The commits of a view wait for no disk, so a database that crashed may come back without the
/// last ones. All connections are new then: none reads before the view has been fed up to what this
/// node has answered already.
async fn has_come_to(connection: &mut PgConnection, floor: u64) -> sqlx::Result<()> {
    welcome(connection, Wanted::Primary).await?;
    let position = sqlx::query_scalar::<_, i64>("SELECT position FROM docket_checkpoint")
        .fetch_one(connection)
        .await;
    match position {
        Ok(position) if position.unsigned_abs() < floor => Err(sqlx::Error::Protocol(format!(
            "the view stands at position {position} and has answered up to {floor}"
        ))),
        // Of a schema that was dropped the query will say so.
        Err(error) if error::is_dropped(&error) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Runs a query.
pub(super) async fn select(
    connection: &mut PgConnection,
    statement: &SelectStatement,
) -> sqlx::Result<Vec<Row>> {
    let (sql, values) = statement.build_sqlx(PostgresQueryBuilder);
    let rows = sqlx::query_with(AssertSqlSafe(sql), values)
        .fetch_all(connection)
        .await?;
    rows.iter().map(cells).collect()
}

fn cells(row: &PgRow) -> sqlx::Result<Row> {
    (0..row.len()).map(|at| cell(row, at)).collect()
}

fn cell(row: &PgRow, at: usize) -> sqlx::Result<Value> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let name = raw.type_info().name().to_owned();
    Ok(match name.as_str() {
        "INT8" => Value::Int(row.try_get(at)?),
        "INT4" => Value::Int(row.try_get::<i32, _>(at)?.into()),
        "UUID" => Value::Id(row.try_get(at)?),
        "TIMESTAMPTZ" => {
            let at: DateTime<Utc> = row.try_get(at)?;
            Value::Instant(time::Instant::from_micros(at.timestamp_micros()))
        }
        "DATE" => {
            let day: NaiveDate = row.try_get(at)?;
            Value::Day(time::Day::from_number(
                (day - NaiveDate::default()).num_days(),
            ))
        }
        "BOOL" => Value::Flag(row.try_get(at)?),
        "BYTEA" => Value::Bytes(row.try_get(at)?),
        _ => Value::Text(row.try_get::<String, _>(at)?.into()),
    })
}
