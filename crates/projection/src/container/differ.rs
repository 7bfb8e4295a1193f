//! From the rows that stand and the rows that should to what has to be written.

use super::{Container, Result, Writer};
use crate::fold::{Changes, StreamRows, Turn, ranges};
use crate::mark::Mark;
use crate::statement;
use crate::table::{Source, Table};
use crate::value::{Row, Value};
use std::collections::{BTreeMap, HashMap};

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Rows and checkpoint are written.
    Done,
    /// Somebody else moved the checkpoint: nothing was written.
    Moved,
}

impl Container {
    /// Writes what a batch changes, and the checkpoint, in one transaction.
    /// `parked` is how many streams the fold took to be parked.
    pub(crate) async fn apply(
        &self,
        from: u64,
        to: Mark,
        changes: Changes,
        parked: usize,
    ) -> Result<Applied> {
        let mut writer = self.writer.lock().await;
        let held = writer
            .begin_with(&statement::move_checkpoint(from, to, parked))
            .await;
        let written = async {
            if held? == 0 {
                return Ok(Applied::Moved);
            }
            self.write_rows(&mut writer, changes.streams).await?;
            for parked in &changes.parked {
                writer.run_insert(&statement::park(parked)).await?;
            }
            failpoint(to.position)?;
            Ok(Applied::Done)
        };
        let written = written.await;
        end(&mut writer, written, to.position).await
    }

    /// Writes the rows of a stream that was parked, as of a checkpoint, and takes it out again.
    pub(crate) async fn mend(&self, at: u64, stream: &str, changes: Changes) -> Result<Applied> {
        let mut writer = self.writer.lock().await;
        let held = writer.begin_with(&statement::hold_checkpoint(at)).await;
        let written = async {
            if held? == 0 {
                return Ok(Applied::Moved);
            }
            writer.run_delete(&statement::unpark(stream)).await?;
            self.write_rows(&mut writer, changes.streams).await?;
            Ok(Applied::Done)
        };
        let written = written.await;
        end(&mut writer, written, at).await
    }

    /// Counts all tables anew, as of a checkpoint.
    pub(crate) async fn recount(&self, at: u64) -> Result<Applied> {
        let mut writer = self.writer.lock().await;
        let held = writer.begin_with(&statement::hold_checkpoint(at)).await;
        let written = async {
            if held? == 0 {
                return Ok(Applied::Moved);
            }
            let counted = self.tables.iter();
            for table in counted.filter(|table| !table.count_by.is_empty()) {
                writer.run_delete(&statement::uncount(table)).await?;
                writer.run_insert(&statement::count_all(table)).await?;
            }
            Ok(Applied::Done)
        };
        let written = written.await;
        end(&mut writer, written, at).await
    }

    async fn write_rows(&self, writer: &mut Writer, streams: Vec<StreamRows>) -> Result<()> {
        let mut wanted: Vec<Wanted> = self.tables.iter().map(|_| Wanted::default()).collect();
        for rows in streams {
            for (at, table) in self
                .tables
                .iter()
                .enumerate()
                .filter(|(_, table)| table.category == rows.stream.category)
            {
                let Some(owner) = table.owner_of(&rows.stream.id) else {
                    continue;
                };
                match table.source {
                    Source::History if !rows.complete => {
                        wanted[at].turns.push((owner.clone(), rows.turns.clone()));
                    }
                    Source::Event if !rows.complete => continue,
                    _ => {}
                }
                wanted[at].owners.push(owner);
            }
            rows.states
                .into_iter()
                .chain(rows.entries)
                .for_each(|(at, row)| wanted[at].rows.push(row));
        }
        for (at, (table, wanted)) in self.tables.iter().zip(wanted).enumerate() {
            replace(writer, at, table, wanted).await?;
        }
        Ok(())
    }
}

async fn end(writer: &mut Writer, written: Result<Applied>, position: u64) -> Result<Applied> {
    match written {
        Ok(Applied::Done) => {
            docket_store::failpoint!("views.written");
            writer.commit_at(position).await?;
            docket_store::failpoint!("views.committed");
            Ok(Applied::Done)
        }
        other => {
            writer.roll_back().await;
            other
        }
    }
}

/// What one table should hold.
#[derive(Default)]
struct Wanted {
    /// Owners of whom `rows` has everything.
    owners: Vec<Value>,
    rows: Vec<Row>,
    /// What becomes of the ranges of owners, in a table of history.
    turns: Vec<(Value, Vec<Turn>)>,
}

async fn replace(writer: &mut Writer, at: usize, table: &Table, mut wanted: Wanted) -> Result<()> {
    let mut standing: HashMap<Vec<Value>, Row> = HashMap::new();
    if !wanted.owners.is_empty() {
        for mut row in writer.standing(table, &wanted.owners).await? {
            table.typed(&mut row);
            standing.insert(row[..table.key].to_vec(), row);
        }
    }
    let mut before = by_owner(&standing, !wanted.turns.is_empty());
    for (owner, turns) in wanted.turns {
        let before = before.remove(&owner).unwrap_or_default();
        wanted.rows.extend(ranges(at, table, before, &turns));
    }
    let mut counts: BTreeMap<Vec<Value>, i64> = BTreeMap::new();
    let mut changed = Vec::new();
    for row in wanted.rows {
        let before = standing.remove(&row[..table.key]);
        if before.as_ref() == Some(&row) {
            continue;
        }
        count(table, &row, 1, &mut counts);
        before
            .iter()
            .for_each(|before| count(table, before, -1, &mut counts));
        changed.push(row);
    }
    standing
        .values()
        .for_each(|row| count(table, row, -1, &mut counts));
    let gone: Vec<&[Value]> = standing.keys().map(Vec::as_slice).collect();
    if !gone.is_empty() {
        writer.delete(table, &gone).await?;
    }
    if !changed.is_empty() {
        writer.upsert(table, changed).await?;
    }
    counts.retain(|_, by| *by != 0);
    match counts.is_empty() {
        true => Ok(()),
        false => writer.add_counts(table, counts).await,
    }
}

/// The rows that stand by their owner, where that is asked.
fn by_owner(standing: &HashMap<Vec<Value>, Row>, asked: bool) -> HashMap<Value, Vec<Row>> {
    let mut owners: HashMap<Value, Vec<Row>> = HashMap::new();
    for row in standing.values().filter(|_| asked) {
        owners.entry(row[0].clone()).or_default().push(row.clone());
    }
    owners
}

fn count(table: &Table, row: &Row, by: i64, counts: &mut BTreeMap<Vec<Value>, i64>) {
    if !table.count_by.is_empty() {
        let key = table
            .count_by
            .iter()
            .map(|column| row[table.position(column)].clone())
            .collect();
        *counts.entry(key).or_default() += by;
    }
}

#[cfg(not(feature = "testing"))]
fn failpoint(_: u64) -> Result<()> {
    Ok(())
}

/// Fails between the rows and the commit, when a test asked for it.
#[cfg(feature = "testing")]
fn failpoint(to: u64) -> Result<()> {
    match crate::testing::fails_at(to) {
        true => Err(crate::ViewError::Unavailable("failpoint".to_owned())),
        false => Ok(()),
    }
}
