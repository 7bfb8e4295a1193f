//! A connection of either engine. The set of engines is closed, so these are enums.

use super::{Result, mark_of, postgres, sqlite};
use crate::table::Table;
use crate::value::{Cell, Row, Value};
use sea_query::{
    Alias, DeleteStatement, Expr, ExprTrait, Func, InsertStatement, Order, Query, SelectStatement,
    UpdateStatement,
};
use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use std::collections::BTreeMap;

/// The connections that read a container.
pub(crate) enum Readers {
    Sqlite(sqlite::File),
    Postgres(postgres::Schema),
}

impl Readers {
    pub(crate) async fn acquire(&self) -> Result<Reader> {
        match self {
            Readers::Sqlite(file) => file.acquire().await,
            Readers::Postgres(schema) => schema.acquire().await,
        }
    }

    pub(crate) async fn moment(&self) -> Result<Moment> {
        let mut transaction = match self {
            Readers::Sqlite(file) => Open::Sqlite(file.begin().await?),
            Readers::Postgres(schema) => Open::Postgres(schema.begin().await?),
        };
        let position = mark_of(&mut transaction.handle(), None).await?.position;
        Ok(Moment {
            transaction,
            position,
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Readers::Sqlite(file) => file.close().await,
            Readers::Postgres(schema) => schema.close().await,
        }
    }
}

/// A connection lent by a pool.
pub(crate) enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(postgres::Lent),
}

impl Reader {
    /// For what reads whole tables.
    pub(crate) fn patient(self) -> Reader {
        match self {
            Reader::Postgres(lent) => Reader::Postgres(lent.within(postgres::PATIENT)),
            sqlite @ Reader::Sqlite(_) => sqlite,
        }
    }

    pub(crate) fn handle(&mut self) -> Handle<'_> {
        match self {
            Reader::Sqlite(connection) => Handle::Sqlite(connection),
            Reader::Postgres(connection) => Handle::Postgres(connection),
        }
    }
}

/// A container as it stood at one position.
pub(crate) struct Moment {
    transaction: Open,
    pub(crate) position: u64,
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(postgres::Lent),
}

impl Open {
    fn handle(&mut self) -> Handle<'_> {
        match self {
            Open::Sqlite(transaction) => Handle::Sqlite(transaction),
            Open::Postgres(lent) => Handle::Postgres(lent),
        }
    }
}

impl Moment {
    pub(crate) fn handle(&mut self) -> Handle<'_> {
        self.transaction.handle()
    }
}

/// A connection to ask.
pub(crate) enum Handle<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut postgres::Lent),
}

impl Handle<'_> {
    pub(crate) async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Row>> {
        match self {
            Handle::Sqlite(connection) => sqlite::select(connection, statement).await,
            Handle::Postgres(connection) => connection.select(statement).await,
        }
    }
}

impl Handle<'_> {
    /// The columns that a table has; none if there is no such table.
    pub(crate) async fn columns_of(&mut self, table: &str) -> Result<Vec<String>> {
        let mut statement = Query::select();
        match self {
            Handle::Sqlite(_) => statement.column("name").from_function(
                Func::cust("pragma_table_info").arg(table),
                Alias::new("columns"),
            ),
            Handle::Postgres(_) => statement
                .expr(Expr::col("column_name").cast_as("text"))
                .from(("information_schema", "columns"))
                .and_where(Expr::col("table_schema").eq(Expr::cust("current_schema()")))
                .and_where(Expr::col("table_name").eq(table))
                .order_by("ordinal_position", Order::Asc),
        };
        let rows = self.select(&statement).await?;
        Ok(rows.into_iter().flatten().filter_map(Cell::read).collect())
    }
}

/// Writes the same call for either engine.
macro_rules! either {
    ($self:ident.$method:ident($($argument:expr),*)) => {
        match $self {
            Writer::Sqlite(writer) => writer.$method($($argument),*).await,
            Writer::Postgres(writer) => writer.$method($($argument),*).await,
        }
    };
}

/// The connection that writes a container or the registry.
pub(crate) enum Writer {
    Sqlite(sqlite::Writer),
    Postgres(postgres::Writer),
}

impl Writer {
    pub(crate) async fn begin(&mut self) -> Result<()> {
        either!(self.begin())
    }

    /// Begins with an update, and answers the rows that it touched.
    pub(crate) async fn begin_with(&mut self, statement: &UpdateStatement) -> Result<u64> {
        either!(self.begin_with(statement))
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        either!(self.commit())
    }

    /// Commits, and wakes whoever waits for the container to come to a position.
    pub(crate) async fn commit_at(&mut self, position: u64) -> Result<()> {
        match self {
            Writer::Sqlite(writer) => writer.commit().await,
            Writer::Postgres(writer) => writer.commit_at(position).await,
        }
    }

    /// Gives up what was begun.
    pub(crate) async fn roll_back(&mut self) {
        either!(self.roll_back());
    }

    pub(crate) async fn run_insert(&mut self, statement: &InsertStatement) -> Result<u64> {
        either!(self.run_insert(statement))
    }

    pub(crate) async fn run_update(&mut self, statement: &UpdateStatement) -> Result<u64> {
        either!(self.run_update(statement))
    }

    pub(crate) async fn run_delete(&mut self, statement: &DeleteStatement) -> Result<u64> {
        either!(self.run_delete(statement))
    }

    pub(crate) async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Row>> {
        either!(self.select(statement))
    }

    /// The rows that stand for some owners.
    pub(crate) async fn standing(&mut self, table: &Table, owners: &[Value]) -> Result<Vec<Row>> {
        either!(self.standing(table, owners))
    }

    /// Writes rows; one that stands under the same key is replaced.
    pub(crate) async fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        either!(self.upsert(table, rows))
    }

    /// Deletes rows by their keys.
    pub(crate) async fn delete(&mut self, table: &Table, keys: &[&[Value]]) -> Result<()> {
        either!(self.delete(table, keys))
    }

    /// Adds to counts; one that comes down to nothing goes, so that a rebuilt table has the same
    /// rows.
    pub(crate) async fn add_counts(
        &mut self,
        table: &Table,
        counts: BTreeMap<Vec<Value>, i64>,
    ) -> Result<()> {
        either!(self.add_counts(table, counts))
    }

    /// Whether nobody builds a generation. In a folder nobody waits for another's build.
    pub(crate) async fn is_free(&mut self, name: &str, number: u32) -> Result<bool> {
        match self {
            Writer::Sqlite(_) => Ok(true),
            Writer::Postgres(writer) => writer.is_free(name, number).await,
        }
    }

    /// Keeps others from removing what is built, for as long as the session lives; a folder has
    /// files to lock instead.
    pub(crate) async fn hold(&mut self, name: &str, number: u32) -> Result<()> {
        match self {
            Writer::Sqlite(_) => Ok(()),
            Writer::Postgres(writer) => writer.hold(name, number).await,
        }
    }

    /// Says to other nodes that this one uses a generation, for as long as the session lives.
    pub(crate) async fn enter(&mut self, name: &str, number: u32) -> Result<()> {
        match self {
            Writer::Sqlite(_) => Ok(()),
            Writer::Postgres(writer) => writer.enter(name, number).await,
        }
    }

    /// This node uses it no more.
    pub(crate) async fn leave(&mut self, name: &str, number: u32) -> Result<()> {
        match self {
            Writer::Sqlite(_) => Ok(()),
            Writer::Postgres(writer) => writer.leave(name, number).await,
        }
    }

    pub(crate) async fn close(&mut self) {
        either!(self.close());
    }
}
