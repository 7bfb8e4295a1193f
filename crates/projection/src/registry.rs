//! Which generations there are and which of them answers: a small table beside the containers.

mod comparisons;
mod reports;

pub use reports::{Report, ReportKind};

use crate::container::{Result, Writer};
use crate::engine::Engine;
use crate::error::ViewError;
use crate::table::{self, Column, ColumnType};
use crate::value::Value;
use docket_domain::log::Incarnation;
use sea_query::{
    Expr, ExprTrait, Order, Query, SelectStatement, TableCreateStatement, UpdateStatement,
};
use tokio::sync::Mutex;
use uuid::Uuid;

/// A table of another name, without the log, stands in older folders: what it knew is built anew.
const TABLE: &str = "generations_of_logs";
const BUILDING: &str = "building";
const LIVE: &str = "live";
/// Replaced by the live one and fed on, so that it can answer again.
const KEPT: &str = "kept";
/// Its row stays, so that no number is given twice: a late close of its files cannot touch others.
const GONE: &str = "gone";
/// Gone, and its container too.
const DROPPED: &str = "dropped";
const LEASES: &str = "leases";
const COLUMNS: [&str; 8] = [
    "name",
    "generation",
    "log",
    "fingerprint",
    "state",
    "rate",
    "positions",
    "incarnation",
];

/// The registry of a folder or a database.
pub(crate) struct Registry {
    /// The log whose generations may answer; others have their own in the same table.
    log: Uuid,
    /// Which incarnation of it.
    incarnation: Incarnation,
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
    pub(crate) building: bool,
    /// Whether it was replaced and may answer again.
    pub(crate) kept: bool,
    pub(crate) gone: bool,
    /// Gone, and its container too.
    pub(crate) dropped: bool,
    /// What its build took; nothing while that is not known.
    pub(crate) built: Pass,
    /// The last incarnation of the log in which a node found that the log holds what it has seen.
    pub(crate) incarnation: Incarnation,
}

/// A pass over the log that was timed: as many positions as it had, at so many a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) positions: u64,
    /// 0 while it is not known.
    pub(crate) rate: u64,
}

/// What became of a wish to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The number of the new generation.
    Number(u32),
    /// Another node builds the same already, or has just built it.
    Elsewhere,
}

/// The tables of a registry: generations, reports, comparisons, and on an engine of several nodes
/// leases.
pub(crate) fn create(engine: Engine) -> Vec<TableCreateStatement> {
    let generations = [
        column("name", ColumnType::Text),
        column("generation", ColumnType::Int),
        column("log", ColumnType::Text),
        column("fingerprint", ColumnType::Text),
        column("state", ColumnType::Text),
        column("rate", ColumnType::Int),
        column("positions", ColumnType::Int),
        column("incarnation", ColumnType::Int),
    ];
    let leases = [
        column("name", ColumnType::Text),
        column("holder", ColumnType::Id),
        column("until", ColumnType::Instant),
    ];
    let mut all = vec![
        table::create(TABLE, &generations, 2, engine),
        reports::create(engine),
        comparisons::create(engine),
    ];
    if engine == Engine::Postgres {
        all.push(table::create(LEASES, &leases, 1, engine));
    }
    all.iter_mut().for_each(|table| _ = table.if_not_exists());
    all
}

fn column(name: &'static str, kind: ColumnType) -> Column {
    Column {
        name,
        kind,
        optional: false,
    }
}

impl Registry {
    pub(crate) fn new(log: Uuid, incarnation: Incarnation, writer: Writer) -> Registry {
        Registry {
            log,
            incarnation,
            writer: Mutex::new(writer),
        }
    }

    /// The log whose generations may answer.
    pub(crate) fn log(&self) -> Uuid {
        self.log
    }

    /// The incarnation that the log is in.
    pub(crate) fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Notes that the log, in its present incarnation, holds what a generation has seen.
    pub(crate) async fn stands(&self, name: &str, number: u32) -> Result<()> {
        let mut update = Query::update();
        update
            .table(TABLE)
            .value("incarnation", i64::from(self.incarnation))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("generation").eq(i64::from(number)))
            .and_where(Expr::col("incarnation").lt(i64::from(self.incarnation)));
        self.writer
            .lock()
            .await
            .run_update(&update)
            .await
            .map(|_| ())
    }

    /// One generation; `None` where there is none of this number.
    pub(crate) async fn entry(&self, name: &str, number: u32) -> Result<Option<Entry>> {
        let entries = self.entries().await?;
        let mut entries = entries.into_iter();
        Ok(entries.find(|entry| entry.belongs_to(name) && entry.number == number))
    }

    /// All generations, oldest first.
    pub(crate) async fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = self.read(&mut *self.writer.lock().await).await?;
        entries.retain(|entry| !entry.gone);
        Ok(entries)
    }

    /// The generations that are gone and whose containers may stand still.
    pub(crate) async fn gone(&self) -> Result<Vec<Entry>> {
        let mut entries = self.read(&mut *self.writer.lock().await).await?;
        entries.retain(|entry| entry.gone && !entry.dropped);
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
    pub(crate) async fn begin(&self, name: &str, fingerprint: &str) -> Result<Begun> {
        let mut writer = self.writer.lock().await;
        self.begin_on(&mut writer, name, fingerprint, false).await
    }

    /// As [`Registry::begin`] on a session that then holds the generation's lock. A builder that
    /// may leave it to others lets one go first.
    pub(crate) async fn begin_on(
        &self,
        writer: &mut Writer,
        name: &str,
        fingerprint: &str,
        leave: bool,
    ) -> Result<Begun> {
        writer.begin().await?;
        let begun = self.take_number(writer, name, fingerprint, leave).await;
        end(writer, begun).await
    }

    async fn take_number(
        &self,
        writer: &mut Writer,
        name: &str,
        fingerprint: &str,
        leave: bool,
    ) -> Result<Begun> {
        let entries = self.read(writer).await?;
        let same = entries
            .iter()
            .filter(|entry| leave && entry.is_of(name, fingerprint));
        for entry in same {
            let built = entry.building && !writer.is_free(name, entry.number).await?;
            if built || entry.live {
                return Ok(Begun::Elsewhere);
            }
        }
        let numbers = entries.iter().filter(|entry| entry.name == name);
        let number = numbers.map(|entry| entry.number).max().unwrap_or(0) + 1;
        let mut insert = Query::insert();
        insert.into_table(TABLE).columns(COLUMNS);
        insert.values_panic([
            Expr::val(name),
            Expr::val(i64::from(number)),
            Expr::val(self.log.to_string()),
            Expr::val(fingerprint),
            Expr::val(BUILDING),
            Expr::val(0_i64),
            Expr::val(0_i64),
            Expr::val(i64::from(self.incarnation)),
        ]);
        writer.run_insert(&insert).await?;
        writer.hold(name, number).await?;
        Ok(Begun::Number(number))
    }

    /// Points to a generation that was built, in one transaction with what becomes of the others:
    /// the one before is kept, if that is wanted, and what was kept before it is forgotten. Answers
    /// the numbers that are no longer known. One that was cleaned away meanwhile is not pointed to.
    pub(crate) async fn switch(
        &self,
        name: &str,
        fingerprint: &str,
        number: u32,
        built: Pass,
        keep: bool,
    ) -> Result<Vec<u32>> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        let switched = async {
            let mut gone = Vec::new();
            for old in self.read(&mut writer).await? {
                let stays = keep && old.live;
                if old.number == number || !old.is_of(name, fingerprint) {
                    continue;
                }
                if old.live || old.kept {
                    let state = if stays { KEPT } else { GONE };
                    writer
                        .run_update(&put_state(name, old.number, state))
                        .await?;
                }
                if !stays && (old.live || old.kept) {
                    gone.push(old.number);
                }
            }
            let mut live = put_state(name, number, LIVE);
            live.value("rate", Value::from(built.rate).bind())
                .value("positions", Value::from(built.positions).bind())
                .and_where(Expr::col("state").eq(BUILDING));
            match writer.run_update(&live).await? {
                0 => Err(ViewError::Unavailable(format!(
                    "generation {number} of {name} was given up meanwhile"
                ))),
                _ => Ok(gone),
            }
        };
        let switched = switched.await;
        end(&mut writer, switched).await
    }

    /// Points back to the generation that was kept, and keeps the one that answers, in one
    /// transaction.
    pub(crate) async fn switch_back(
        &self,
        name: &str,
        fingerprint: &str,
        number: u32,
    ) -> Result<()> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        let switched = async {
            for entry in self.read(&mut writer).await? {
                if entry.answers(name, fingerprint) {
                    writer
                        .run_update(&put_state(name, entry.number, KEPT))
                        .await?;
                }
            }
            let mut live = put_state(name, number, LIVE);
            live.and_where(Expr::col("state").eq(KEPT));
            match writer.run_update(&live).await? {
                0 => Err(ViewError::NothingKept(name.to_owned())),
                _ => Ok(()),
            }
        };
        let switched = switched.await;
        end(&mut writer, switched).await
    }

    /// Forgets a generation that was kept, unless it answers again; whether it did forget it.
    pub(crate) async fn forget_kept(&self, name: &str, number: u32) -> Result<bool> {
        let mut writer = self.writer.lock().await;
        let mut update = put_state(name, number, GONE);
        update.and_where(Expr::col("state").eq(KEPT));
        Ok(writer.run_update(&update).await? > 0)
    }

    /// Forgets a generation.
    pub(crate) async fn forget(&self, name: &str, number: u32) -> Result<()> {
        let mut writer = self.writer.lock().await;
        let update = put_state(name, number, GONE);
        writer.run_update(&update).await.map(|_| ())
    }

    /// Says to other nodes that this one uses a generation.
    pub(crate) async fn enter(&self, name: &str, number: u32) -> Result<()> {
        self.writer.lock().await.enter(name, number).await
    }

    /// This node uses it no more.
    pub(crate) async fn leave(&self, name: &str, number: u32) {
        if let Err(error) = self.writer.lock().await.leave(name, number).await {
            tracing::debug!(%error, view = name, "the lock of a generation went with its connection");
        }
    }

    /// Forgets a generation unless it came to answer; whether it did forget it.
    pub(crate) async fn forget_unfinished(&self, name: &str, number: u32) -> Result<bool> {
        let mut writer = self.writer.lock().await;
        let mut update = put_state(name, number, GONE);
        update.and_where(Expr::col("state").eq(BUILDING));
        Ok(writer.run_update(&update).await? > 0)
    }

    /// Closes its connection.
    pub(crate) async fn close(&self) {
        self.writer.lock().await.close().await;
    }

    async fn read(&self, writer: &mut Writer) -> Result<Vec<Entry>> {
        let mut select = Query::select();
        select
            .columns(COLUMNS)
            .from(TABLE)
            .order_by("generation", Order::Asc);
        let rows = writer.select(&select).await?;
        rows.into_iter()
            .map(|row| {
                entry(row, self.log).ok_or_else(|| {
                    ViewError::Backend("the registry of views cannot be read".to_owned())
                })
            })
            .collect()
    }
}

impl Entry {
    /// Whether it answers for a view of the open log under a fingerprint.
    pub(crate) fn answers(&self, name: &str, fingerprint: &str) -> bool {
        self.live && self.is_of(name, fingerprint)
    }

    /// Whether it was replaced and may answer for a view of the open log again.
    pub(crate) fn is_kept_for(&self, name: &str, fingerprint: &str) -> bool {
        self.kept && self.is_of(name, fingerprint)
    }

    /// Whether it answers for a view of the open log under any fingerprint.
    pub(crate) fn is_live(&self) -> bool {
        self.live && self.of_this_log
    }

    /// Whether a later generation answers for the same view of the same log.
    pub(crate) fn is_replaced_by(&self, other: &Entry) -> bool {
        self.of_this_log && other.is_live() && other.name == self.name && other.number > self.number
    }

    fn is_of(&self, name: &str, fingerprint: &str) -> bool {
        self.belongs_to(name) && self.fingerprint == fingerprint
    }

    /// Whether it is of a view of the open log, under whatever fingerprint.
    pub(crate) fn belongs_to(&self, name: &str) -> bool {
        self.of_this_log && self.name == name
    }
}

fn entry(row: crate::Row, open: Uuid) -> Option<Entry> {
    let [
        name,
        number,
        log,
        fingerprint,
        state,
        rate,
        positions,
        incarnation,
    ] = <[Value; 8]>::try_from(row).ok()?;
    let (log, state): (String, String) = (crate::Cell::read(log)?, crate::Cell::read(state)?);
    Some(Entry {
        of_this_log: log == open.to_string(),
        name: crate::Cell::read(name)?,
        number: crate::Cell::read(number)?,
        fingerprint: crate::Cell::read(fingerprint)?,
        live: state == LIVE,
        building: state == BUILDING,
        kept: state == KEPT,
        gone: state == GONE || state == DROPPED,
        dropped: state == DROPPED,
        built: Pass {
            positions: crate::Cell::read(positions)?,
            rate: crate::Cell::read(rate)?,
        },
        incarnation: crate::Cell::read(incarnation)?,
    })
}

/// The newest generation of a view of a log that answers, but for one.
pub(crate) fn newest_live(log: Uuid, name: &str, but: Option<u32>) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr(Expr::col("generation").max())
        .from(TABLE)
        .and_where(Expr::col("name").eq(name))
        .and_where(Expr::col("log").eq(log.to_string()))
        .and_where(Expr::col("state").eq(LIVE));
    if let Some(but) = but {
        select.and_where(Expr::col("generation").ne(i64::from(but)));
    }
    select
}

/// Notes that the container of a generation is gone.
pub(crate) fn put_dropped(name: &str, number: u32) -> UpdateStatement {
    put_state(name, number, DROPPED)
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
