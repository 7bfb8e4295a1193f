//! From the rows that stand and the rows that should to what has to be written.

use super::{Container, Result, Writer};
use crate::fold::{Changes, StreamRows};
use crate::place::Place;
use crate::statement;
use crate::table::{Source, Table};
use crate::value::{Row, Value};
use std::collections::{BTreeMap, HashMap};

/// Owners whose rows are fetched by one query.
const OWNERS: usize = 256;
/// Rows deleted by one statement; each key is a condition of its own.
const DELETES: usize = 64;

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
    pub(crate) async fn apply(&self, from: u64, to: Place, changes: Changes) -> Result<Applied> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        match self.write(&mut writer, from, to, changes).await {
            Ok(Applied::Done) => {
                writer.commit().await?;
                Ok(Applied::Done)
            }
            other => {
                writer.roll_back().await;
                other
            }
        }
    }

    async fn write(
        &self,
        writer: &mut Writer,
        from: u64,
        to: Place,
        changes: Changes,
    ) -> Result<Applied> {
        if writer
            .run_update(&statement::move_checkpoint(from, to))
            .await?
            == 0
        {
            return Ok(Applied::Moved);
        }
        self.write_rows(writer, changes.streams).await?;
        for parked in &changes.parked {
            writer.run_insert(&statement::park(parked)).await?;
        }
        failpoint(to.position)?;
        Ok(Applied::Done)
    }

    /// Writes the rows of a stream that was parked, as of a checkpoint, and takes it out again.
    pub(crate) async fn mend(&self, at: u64, stream: &str, changes: Changes) -> Result<Applied> {
        let mut writer = self.writer.lock().await;
        writer.begin().await?;
        let written = async {
            if writer.run_update(&statement::hold_checkpoint(at)).await? == 0 {
                return Ok(Applied::Moved);
            }
            writer.run_delete(&statement::unpark(stream)).await?;
            self.write_rows(&mut writer, changes.streams).await?;
            Ok(Applied::Done)
        };
        match written.await {
            Ok(Applied::Done) => {
                writer.commit().await?;
                Ok(Applied::Done)
            }
            other => {
                writer.roll_back().await;
                other
            }
        }
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
                if (table.source == Source::State || rows.complete)
                    && let Some(owner) = table.owner_of(&rows.stream.id)
                {
                    wanted[at].owners.push(owner);
                }
            }
            rows.states
                .into_iter()
                .chain(rows.entries)
                .for_each(|(at, row)| wanted[at].rows.push(row));
        }
        for (table, wanted) in self.tables.iter().zip(wanted) {
            replace(writer, table, wanted).await?;
        }
        Ok(())
    }
}

/// What one table should hold.
#[derive(Default)]
struct Wanted {
    /// Owners of whom `rows` has everything.
    owners: Vec<Value>,
    rows: Vec<Row>,
}

async fn replace(writer: &mut Writer, table: &Table, wanted: Wanted) -> Result<()> {
    let mut standing: HashMap<Vec<Value>, Row> = HashMap::new();
    for owners in wanted.owners.chunks(OWNERS) {
        for mut row in writer.select(&statement::standing(table, owners)).await? {
            table.typed(&mut row);
            standing.insert(row[..table.key].to_vec(), row);
        }
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
    for keys in gone.chunks(DELETES) {
        writer.run_delete(&statement::delete(table, keys)).await?;
    }
    writer.insert(table, changed, true).await?;
    add_counts(writer, table, counts).await
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

async fn add_counts(
    writer: &mut Writer,
    table: &Table,
    counts: BTreeMap<Vec<Value>, i64>,
) -> Result<()> {
    let mut fewer = false;
    for (key, by) in counts.into_iter().filter(|(_, by)| *by != 0) {
        writer
            .run_insert(&statement::add_count(table, &key, by))
            .await?;
        fewer |= by < 0;
    }
    if fewer {
        writer
            .run_delete(&statement::drop_empty_counts(table))
            .await?;
    }
    Ok(())
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
