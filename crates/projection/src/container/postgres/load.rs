use super::copy::{Copied, END, HEADER};
use super::names::{quoted, schema_name};
use super::pool::limited;
use super::texts::names;
use super::writer::Writer;
use crate::container::Result;
use crate::engine::Engine;
use crate::fold::Parked;
use crate::mark::Mark;
use crate::progress::Told;
use crate::statement;
use crate::table::{Column, Table};
use sea_query::PostgresQueryBuilder;
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a table that are sent together, and how long the server may take over them.
const SENT: usize = 1 << 20;
const TAKEN: Duration = Duration::from_secs(60);

/// Writes the schema of a generation that nobody reads yet, in one transaction: of a load that was
/// cut short nothing is left.
pub(crate) struct Loader {
    tables: Arc<[Table]>,
    waiting: Vec<Waiting>,
    /// Bytes of a table that are sent together.
    sent: usize,
    session: Writer,
}

/// Rows that wait to be sent to their table.
#[derive(Default)]
struct Waiting {
    pieces: Vec<Copied>,
    bytes: usize,
}

impl Waiting {
    fn add(&mut self, rows: Copied) {
        if !rows.is_empty() {
            self.bytes += rows.len();
            self.pieces.push(rows);
        }
    }
}

impl Loader {
    /// On the session that took the generation's number and holds its lock.
    pub(crate) async fn create(
        mut session: Writer,
        name: &str,
        number: u32,
        tables: Arc<[Table]>,
    ) -> Result<Loader> {
        let schema = quoted(&schema_name(name, number));
        let mut statements = vec![
            "BEGIN".to_owned(),
            format!("CREATE SCHEMA {schema}"),
            format!("SET search_path TO {schema}"),
        ];
        let own = statement::create_own(Engine::Postgres);
        let theirs = tables.iter().flat_map(|table| {
            [
                Some(table.create(Engine::Postgres)),
                table.create_counts(Engine::Postgres),
            ]
        });
        statements.extend(
            own.into_iter()
                .chain(theirs.flatten())
                .map(|table| table.to_string(PostgresQueryBuilder)),
        );
        session.raw(statements.join("; ")).await?;
        Ok(Loader {
            waiting: tables.iter().map(|_| Waiting::default()).collect(),
            sent: SENT,
            tables,
            session,
        })
    }

    pub(crate) fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Sends each piece alone, and makes indexes on one core.
    pub(crate) async fn be_polite(&mut self) -> Result<()> {
        self.sent = 0;
        let alone = "SET LOCAL max_parallel_maintenance_workers = 0";
        self.session.raw(alone.to_owned()).await.map(|_| ())
    }

    pub(crate) async fn stay(&mut self) -> Result<()> {
        self.session.raw("SELECT".to_owned()).await.map(|_| ())
    }

    pub(crate) async fn add(&mut self, rows: Vec<Copied>, parked: &[Parked]) -> Result<()> {
        for (at, rows) in rows.into_iter().enumerate() {
            self.waiting[at].add(rows);
            if self.waiting[at].bytes > self.sent {
                self.send(at).await?;
            }
        }
        for parked in parked {
            self.session.run_insert(&statement::park(parked)).await?;
        }
        Ok(())
    }

    /// Sends what is waiting for a table. The table is of the same transaction, so that its rows
    /// need not be looked at again by a vacuum.
    async fn send(&mut self, at: usize) -> Result<()> {
        if self.waiting[at].bytes == 0 {
            return Ok(());
        }
        let table = &self.tables[at];
        let copy = format!(
            "COPY {} ({}) FROM STDIN (FORMAT binary, FREEZE)",
            quoted(table.name),
            names(&table.columns)
        );
        let connection = self.session.connection().await?;
        let copied = copy_in(connection, &copy, std::mem::take(&mut self.waiting[at]));
        Ok(limited(TAKEN, copied).await?)
    }

    /// The session keeps the lock until the generation answers.
    pub(crate) async fn finish(mut self, mark: Mark, told: Told<'_>) -> Result<Writer> {
        for at in 0..self.tables.len() {
            self.send(at).await?;
        }
        self.session.be_patient();
        for table in self.tables.iter() {
            self.session
                .raw(key(table.name, &table.columns[..table.key]))
                .await?;
            for index in table.create_indexes() {
                let index = index.to_string(PostgresQueryBuilder);
                self.session.raw(index).await?;
                told(1);
            }
            if !table.count_by.is_empty() {
                self.session
                    .run_insert(&statement::count_all(table))
                    .await?;
                let columns = table.count_columns();
                let key = key(&table.counts_name(), &columns[..columns.len() - 1]);
                self.session.raw(key).await?;
            }
        }
        self.session
            .run_insert(&statement::put_checkpoint(mark))
            .await?;
        let analyze = self.tables.iter().map(|table| quoted(table.name));
        let analyze: Vec<String> = analyze.collect();
        self.session
            .raw(format!(
                "ANALYZE {}; COMMIT; SET search_path TO docket_views",
                analyze.join(", ")
            ))
            .await?;
        Ok(self.session)
    }
}

async fn copy_in(connection: &mut PgConnection, copy: &str, rows: Waiting) -> sqlx::Result<()> {
    let mut sink = connection.copy_in_raw(copy).await?;
    sink.send(HEADER).await?;
    for rows in rows.pieces {
        sink.send(rows.into_bytes()).await?;
    }
    sink.send(END).await?;
    sink.finish().await.map(|_| ())
}

fn key(table: &str, columns: &[Column]) -> String {
    format!(
        "ALTER TABLE {} ADD PRIMARY KEY ({})",
        quoted(table),
        names(columns)
    )
}
