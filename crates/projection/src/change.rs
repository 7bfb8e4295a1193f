//! A view of another meaning beside the one before: which columns and rows changed.

use crate::container::{Differences, Moment, Result, Shape, compare, count_rows};
use crate::generation::Generation;
use crate::model::Model;
use crate::progress::{Phase, Stage, Tell};
use crate::registry::{Entry, Report, ReportKind};
use crate::table::{Column, Table};
use crate::views::Views;
use docket_domain::time::Instant;
use std::sync::Arc;

/// How far the generation before may be behind the log: it is fed no more once its nodes are gone,
/// and what is built beside it has to meet it at its place.
const BEHIND_MAX: u64 = 100_000;

/// What changed when a view got another meaning.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Change {
    /// The generation of the meaning before.
    pub before: u32,
    /// What told that meaning from another's.
    pub fingerprint: String,
    /// The position at which both were compared.
    pub position: u64,
    /// Tables that changed.
    pub tables: Vec<TableChange>,
    /// Rows that differ in columns that both have, and how many in each column.
    pub rows: Differences,
    /// Whether all rows could be compared; not where a column's type is another one.
    pub compared: bool,
}

/// A table that changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableChange {
    /// The table.
    pub table: String,
    /// Columns that are new; all of them in a table that is new.
    pub added: Vec<String>,
    /// Columns that are gone.
    pub removed: Vec<String>,
}

impl Views {
    /// The generation of another meaning that a new one of this view is compared with: the newest
    /// that answers or did.
    pub(crate) async fn meaning_before(&self, model: &Model) -> Result<Option<Entry>> {
        let entries = self.inner.registry.entries().await?;
        Ok(entries
            .into_iter()
            .rfind(|entry| entry.belongs_to(model.name) && entry.live)
            .filter(|entry| entry.fingerprint != model.fingerprint))
    }

    /// Tells that a view is built because what stands is of another version of Docket.
    pub(crate) async fn tell_meaning(&self, model: &Model) -> Result<()> {
        if let Some(before) = self.meaning_before(model).await? {
            tracing::info!(
                view = model.name,
                before = before.number,
                "the view is built beside the generation of another version of Docket, which gives it another meaning"
            );
        }
        Ok(())
    }

    /// Where a new generation and the one of the meaning before can meet.
    pub(crate) async fn meeting_place(&self, model: &Model, head: u64) -> Result<Option<u64>> {
        let Some(entry) = self.meaning_before(model).await? else {
            return Ok(None);
        };
        let Some(before) = self.open_before(model, &entry).await else {
            return Ok(None);
        };
        let place = before.checkpoint();
        self.close_before(model, before).await;
        Ok(Some(place).filter(|place| *place <= head && head - place <= BEHIND_MAX))
    }

    /// Compares a new generation with that of the meaning before, tells and keeps what changed. It
    /// never stands in the way of the new one.
    pub(crate) async fn tell_change(
        &self,
        model: &Arc<Model>,
        new: &Arc<Generation>,
        progress: Tell<'_>,
    ) {
        match self.change(model, new, progress).await {
            Ok(None) => {}
            Ok(Some(change)) => {
                let columns: Vec<String> = change
                    .rows
                    .columns
                    .iter()
                    .map(|(column, rows)| format!("{column} in {rows} rows"))
                    .collect();
                tracing::info!(
                    view = model.name,
                    before = change.before,
                    tables = ?change.tables,
                    rows = change.rows.count(),
                    columns = columns.join(", "),
                    "the view has another meaning than before"
                );
                if let Err(error) = self.keep_change(model, new.number, &change).await {
                    tracing::warn!(%error, view = model.name, "what changed could not be kept");
                }
            }
            Err(error) => {
                tracing::warn!(%error, view = model.name, "the view has another meaning than before; the two could not be compared");
            }
        }
    }

    async fn keep_change(&self, model: &Model, generation: u32, change: &Change) -> Result<()> {
        let head = self.inner.log.head().await?;
        let at = Instant::from_micros(head.recorded_at);
        let report = Report::new(model.name, ReportKind::Change, generation, at, change);
        self.inner.registry.note(&report).await
    }

    async fn change(
        &self,
        model: &Arc<Model>,
        new: &Arc<Generation>,
        progress: Tell<'_>,
    ) -> Result<Option<Change>> {
        let Some(entry) = self.meaning_before(model).await? else {
            return Ok(None);
        };
        let Some(before) = self.open_before(model, &entry).await else {
            return Ok(None);
        };
        let change = self
            .compare_meanings(model, new, &before, entry, progress)
            .await;
        self.close_before(model, before).await;
        change
    }

    async fn compare_meanings(
        &self,
        model: &Arc<Model>,
        new: &Arc<Generation>,
        before: &Generation,
        entry: Entry,
        progress: Tell<'_>,
    ) -> Result<Option<Change>> {
        let mut moment = before.container.moment().await?;
        let position = moment.position;
        if position < new.checkpoint() || position - new.checkpoint() > BEHIND_MAX {
            return Ok(None);
        }
        let stage = Stage::begin(Phase::Comparing, 0, progress);
        let told = |rows| stage.add(rows);
        self.advance(model, new, position, &|_| {}).await?;
        let mut reader = new.container.moment().await?;
        let (mut tables, mut rows, mut compared) = (Vec::new(), Differences::default(), true);
        let mut common = Vec::new();
        for table in model.tables.iter() {
            let (change, both) = columns(&mut moment, table).await?;
            tables.extend(change);
            if let Some(both) = both {
                // There should be as many on the other side.
                stage.expect(2 * count_rows(&mut reader.handle(), table).await?);
                common.push((table, both));
            }
        }
        for (table, both) in &common {
            let shape = Shape {
                columns: both.into(),
                ..table.shape()
            };
            let (mut old, mut new) = (moment.handle(), reader.handle());
            if let Err(error) = compare(&mut old, &mut new, &shape, &mut rows, &told).await {
                tracing::debug!(%error, view = model.name, "the rows of two meanings could not be compared");
                compared = false;
                break;
            }
        }
        stage.end();
        Ok(Some(Change {
            before: entry.number,
            fingerprint: entry.fingerprint,
            position,
            tables,
            rows,
            compared,
        }))
    }

    async fn open_before(&self, model: &Model, entry: &Entry) -> Option<Generation> {
        let inner = &self.inner;
        let opened = inner
            .home
            .generation(&inner.registry, model, entry.number, None)
            .await;
        match opened {
            Ok(before) => Some(before),
            Err(error) => {
                tracing::debug!(%error, view = model.name, "the meaning before cannot be read");
                None
            }
        }
    }

    async fn close_before(&self, model: &Model, before: Generation) {
        before.container.close().await;
        self.inner.registry.leave(model.name, before.number).await;
    }
}

/// How a table's columns changed, and those that both have if a row can be found by its key still.
async fn columns(
    before: &mut Moment,
    table: &Table,
) -> Result<(Option<TableChange>, Option<Vec<Column>>)> {
    let stood = before.handle().columns_of(table.name).await?;
    let has = |column: &Column| stood.iter().any(|stood| stood == column.name);
    let change = TableChange {
        table: table.name.to_owned(),
        added: named(table.columns.iter().filter(|column| !has(column))),
        removed: stood
            .iter()
            .filter(|stood| !table.columns.iter().any(|column| column.name == **stood))
            .cloned()
            .collect(),
    };
    let common: Vec<Column> = table.columns.iter().filter(|it| has(it)).cloned().collect();
    let keyed = table.columns[..table.key].iter().all(has);
    let changed = !change.added.is_empty() || !change.removed.is_empty();
    Ok((changed.then_some(change), keyed.then_some(common)))
}

fn named<'a>(columns: impl Iterator<Item = &'a Column>) -> Vec<String> {
    columns.map(|column| column.name.to_owned()).collect()
}
