//! Which generations there are and which of them answers: a small table beside the containers.

use crate::container::{Result, Writer};
use crate::value::Value;
use sea_query::{
    ColumnDef, Expr, ExprTrait, Index, Order, Query, SqliteQueryBuilder, Table, UpdateStatement,
};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use std::path::Path;
use std::time::Duration;
use tokio::sync::Mutex;
use uuid::Uuid;

/// A table of another name, without the log, stands in older folders: what it knew is built anew.
const TABLE: &str = "generations_of_logs";
const BUILDING: &str = "building";
const LIVE: &str = "live";
/// Its row stays, so that no number is given twice: a late close of its files cannot touch others.
const GONE: &str = "gone";

/// The registry of a views folder.
pub(crate) struct Registry {
    /// The log whose generations may answer; others have their own in the same table.
    log: Uuid,
    writer: Mutex<Writer>,
}

/// One generation as the registry knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) number: u32,
    pub(crate) fingerprint: String,
    /// Whether it was built from the log that is open.
    pub(crate) of_this_log: bool,
    pub(crate) live: bool,
    pub(crate) gone: bool,
    /// Events a second of its build; 0 while it is not known.
    pub(crate) rate: u64,
}

impl Registry {
    pub(crate) async fn open(path: &Path, log: Uuid) -> Result<Registry> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let mut writer = Writer::new(options.connect().await?);
        let mut key = Index::create();
        let table = Table::create()
            .table(TABLE)
            .if_not_exists()
            .col(ColumnDef::new("name").text().not_null())
            .col(ColumnDef::new("generation").big_integer().not_null())
            .col(ColumnDef::new("log").text().not_null())
            .col(ColumnDef::new("fingerprint").text().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("rate").big_integer().not_null())
            .primary_key(key.col("name").col("generation"))
            .to_owned();
        writer.run(table.to_string(SqliteQueryBuilder)).await?;
        Ok(Registry {
            log,
            writer: Mutex::new(writer),
        })
    }

    /// All generations, oldest first.
    pub(crate) async fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = self.read(&mut *self.writer.lock().await).await?;
        entries.retain(|entry| !entry.gone);
        Ok(entries)
    }

    /// The generation that answers for a view under a fingerprint.
    pub(crate) async fn live(&self, name: &str, fingerprint: &str) -> Result<Option<Entry>> {
        let entries = self.entries().await?;
        Ok(entries
            .into_iter()
            .rev()
            .find(|entry| entry.answers(name, fingerprint)))
    }

    /// Takes the next number of a view.
    pub(crate) async fn begin(&self, name: &str, fingerprint: &str) -> Result<u32> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        let taken = async {
            let newest = self
                .read(&mut writer)
                .await?
                .iter()
                .filter(|entry| entry.name == name)
                .map(|entry| entry.number)
                .max();
            let number = newest.unwrap_or(0) + 1;
            let mut insert = Query::insert();
            insert.into_table(TABLE).columns([
                "name",
                "generation",
                "log",
                "fingerprint",
                "state",
                "rate",
            ]);
            insert.values_panic([
                Expr::val(name),
                Expr::val(i64::from(number)),
                Expr::val(self.log.to_string()),
                Expr::val(fingerprint),
                Expr::val(BUILDING),
                Expr::val(0_i64),
            ]);
            writer.run_insert(&insert).await?;
            Ok(number)
        };
        let taken = taken.await;
        end(&mut writer, taken).await
    }

    /// Points to another generation and forgets the one before, in one transaction. Answers the
    /// numbers that are no longer known.
    pub(crate) async fn switch(
        &self,
        name: &str,
        fingerprint: &str,
        number: u32,
        rate: u64,
    ) -> Result<Vec<u32>> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        let switched = async {
            let before: Vec<u32> = self
                .read(&mut writer)
                .await?
                .into_iter()
                .filter(|entry| entry.answers(name, fingerprint) && entry.number != number)
                .map(|entry| entry.number)
                .collect();
            for old in &before {
                writer.run_update(&put_state(name, *old, GONE)).await?;
            }
            writer
                .run_update(put_state(name, number, LIVE).value("rate", Value::from(rate).bind()))
                .await?;
            Ok(before)
        };
        let switched = switched.await;
        end(&mut writer, switched).await
    }

    /// Forgets a generation.
    pub(crate) async fn forget(&self, name: &str, number: u32) -> Result<()> {
        self.writer
            .lock()
            .await
            .run_update(&put_state(name, number, GONE))
            .await
            .map(|_| ())
    }

    /// Forgets a generation unless it came to answer; whether it did forget it.
    pub(crate) async fn forget_unfinished(&self, name: &str, number: u32) -> Result<bool> {
        let mut update = put_state(name, number, GONE);
        update.and_where(Expr::col("state").eq(BUILDING));
        let forgotten = self.writer.lock().await.run_update(&update).await?;
        Ok(forgotten > 0)
    }

    async fn read(&self, writer: &mut Writer) -> Result<Vec<Entry>> {
        let mut select = Query::select();
        select
            .columns(["name", "generation", "log", "fingerprint", "state", "rate"])
            .from(TABLE)
            .order_by("generation", Order::Asc);
        let rows = writer.select(&select).await?;
        rows.into_iter()
            .map(|row| {
                entry(row, self.log).ok_or_else(|| {
                    crate::ViewError::Backend("the registry of views cannot be read".to_owned())
                })
            })
            .collect()
    }
}

impl Entry {
    /// Whether it answers for a view of the open log under a fingerprint.
    pub(crate) fn answers(&self, name: &str, fingerprint: &str) -> bool {
        self.live && self.of_this_log && self.name == name && self.fingerprint == fingerprint
    }
}

fn entry(row: crate::Row, open: Uuid) -> Option<Entry> {
    let [name, number, log, fingerprint, state, rate] = <[Value; 6]>::try_from(row).ok()?;
    let (log, state): (String, String) = (crate::Cell::read(log)?, crate::Cell::read(state)?);
    Some(Entry {
        of_this_log: log == open.to_string(),
        name: crate::Cell::read(name)?,
        number: crate::Cell::read(number)?,
        fingerprint: crate::Cell::read(fingerprint)?,
        live: state == LIVE,
        gone: state == GONE,
        rate: crate::Cell::read(rate)?,
    })
}

fn put_state(name: &str, number: u32, state: &str) -> UpdateStatement {
    let mut update = Query::update();
    update.table(TABLE).value("state", state);
    update
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("generation").eq(i64::from(number)));
    update
}

async fn end<T>(writer: &mut Writer, result: Result<T>) -> Result<T> {
    match &result {
        Ok(_) => writer.commit().await?,
        Err(_) => writer.roll_back().await,
    }
    result
}
