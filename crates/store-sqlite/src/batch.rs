use crate::error::{Result, classify, corrupt};
use crate::job::{Job, Outcome};
use crate::page;
use crate::prepared::{Prepared, Writes, event_rows, json};
use crate::readers::hash;
use docket_store::ledger::{Ledger, NewRow, streams_of};
use docket_store::page::{PAGE, integer};
use docket_store::{AppendError, Appended, KeyChange, Mark, Seen, StreamId};
use sqlx::{Connection, SqliteConnection};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// What a committed batch came to.
pub(crate) struct Committed {
    /// One for each job, in order.
    pub(crate) outcomes: Vec<Outcome>,
    /// The newest position of the log.
    pub(crate) position: u64,
    /// The last event that it stored, if it stored one.
    pub(crate) last: Option<Mark>,
    /// Whether a key was destroyed, of which the write-ahead log may hold a copy.
    pub(crate) destroyed: bool,
}

/// Runs jobs in one transaction. An error means that none of them happened, with one exception: a
/// commit that fails while it is made durable is seen by no reader, but its frames may stand in the
/// write-ahead log, and a machine that dies before the next commit overwrites them finds it stored.
/// So whoever is told `Unavailable` asks again under the same command id, which settles it.
pub(crate) async fn commit(
    connection: &mut SqliteConnection,
    log: &Batch,
    jobs: &[Job],
) -> Result<Committed> {
    docket_store::failpoint!("log.drained");
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(classify)?;
    docket_store::failpoint!("log.locked");
    let appends: Vec<Option<&Prepared>> = jobs.iter().map(|job| log.fresh(job)).collect();
    let fresh: Vec<&Prepared> = appends.iter().flatten().copied().collect();
    let mut ledger = look(&mut transaction, &log.seen, &fresh).await?;
    docket_store::failpoint!("log.looked");
    let mut writes = Writes::default();
    let mut outcomes = Vec::with_capacity(jobs.len());
    for (job, append) in jobs.iter().zip(&appends) {
        outcomes.push(match (job, append) {
            (_, Some(append)) => Outcome::Append(ledger.decide(append, &mut writes)),
            (Job::Append { .. }, None) => Outcome::Append(Err(AppendError::Stale)),
            _ => Outcome::Done,
        });
    }
    let changed =
        write(&mut transaction, &writes).await? | write_beside(&mut transaction, jobs).await?;
    let ended = if changed {
        docket_store::failpoint!("log.inserted");
        let ended = transaction.commit().await;
        docket_store::failpoint!("log.committing");
        ended
    } else {
        transaction.rollback().await
    };
    ended.map_err(classify)?;
    Ok(Committed {
        outcomes,
        position: ledger.position,
        last: writes.rows.last().map(NewRow::mark),
        destroyed: !writes.destroyed.is_empty(),
    })
}

/// What the writer knows of every batch.
pub(crate) struct Batch {
    pub(crate) stale_after: Duration,
    /// Nothing is appended to a log that does not hold it.
    pub(crate) seen: Arc<Seen>,
}

impl Batch {
    /// The append of a job, unless it waited too long.
    fn fresh<'a>(&self, job: &'a Job) -> Option<&'a Prepared> {
        match job {
            Job::Append { append, queued, .. } if queued.elapsed() <= self.stale_after => {
                Some(append)
            }
            _ => None,
        }
    }
}

type Looked = (i64, i64, String, String, String, Option<Vec<u8>>);

/// Reads all that deciding the appends needs, in one statement.
async fn look<'a>(
    connection: &mut SqliteConnection,
    seen: &Seen,
    appends: &[&'a Prepared],
) -> Result<Ledger<'a>> {
    let asked = seen.newest();
    let streams = streams_of(appends);
    let names: Vec<String> = streams.iter().map(|stream| json(stream.as_str())).collect();
    let commands: Vec<String> = appends
        .iter()
        .map(|append| format!("\"{}\"", append.command.simple()))
        .collect();
    let keys: Vec<&'a StreamId> = appends
        .iter()
        .flat_map(|append| &append.keys)
        .map(KeyChange::stream)
        .collect();
    let key_names: Vec<String> = keys.iter().map(|stream| json(stream.as_str())).collect();
    let row: Looked = sqlx::query_as(include_str!("../sql/look.sql"))
        .bind(format!("[{}]", names.join(",")))
        .bind(format!("[{}]", commands.join(",")))
        .bind(format!("[{}]", key_names.join(",")))
        .bind(asked.map_or(0, |mark| integer(mark.position)))
        .fetch_one(&mut *connection)
        .await
        .map_err(classify)?;
    let (position, recorded_at, versions, commands, held, found) = row;
    let position = position.unsigned_abs();
    seen.compare(asked, found.map(hash).transpose()?, position)?;
    let versions: Vec<u64> = parse(&versions)?;
    let held: HashSet<String> = parse(&held)?;
    Ok(Ledger {
        position,
        recorded_at,
        versions: streams.into_iter().zip(versions).collect(),
        keys: keys
            .into_iter()
            .filter(|stream| held.contains(stream.as_str()))
            .collect(),
        commands: repeats(connection, parse(&commands)?).await?,
    })
}

/// What commands that stand in the log already stored.
async fn repeats(
    connection: &mut SqliteConnection,
    found: Vec<(Uuid, u64, u64)>,
) -> Result<HashMap<Uuid, Appended>> {
    let mut repeats = HashMap::new();
    for (command, first, size) in found {
        let mut events = Vec::new();
        while (events.len() as u64) < size {
            let after = first - 1 + events.len() as u64;
            let page: Option<Vec<u8>> = sqlx::query_scalar(include_str!("../sql/read_all.sql"))
                .bind(after as i64)
                .bind((size - events.len() as u64).min(PAGE as u64) as i64)
                .fetch_one(&mut *connection)
                .await
                .map_err(classify)?;
            events.extend(page::decode(
                &page.ok_or_else(|| corrupt("a command's events are missing"))?,
            )?);
        }
        repeats.insert(command, Appended::of(&events, true));
    }
    Ok(repeats)
}

async fn write(connection: &mut SqliteConnection, writes: &Writes<'_>) -> Result<bool> {
    let Some(rows) = event_rows(&writes.rows) else {
        return Ok(false);
    };
    let insert = sqlx::query(include_str!("../sql/append_events.sql")).bind(rows);
    insert.execute(&mut *connection).await.map_err(classify)?;
    for document in &writes.documents {
        let insert = sqlx::query(include_str!("../sql/append_document.sql"))
            .bind(&document.hash[..])
            .bind(document.stream.as_str())
            .bind(&document.bytes[..]);
        insert.execute(&mut *connection).await.map_err(classify)?;
    }
    for (stream, wrapped) in &writes.created {
        let insert = sqlx::query(include_str!("../sql/create_key.sql"))
            .bind(stream.as_str())
            .bind(*wrapped);
        insert.execute(&mut *connection).await.map_err(classify)?;
    }
    for stream in &writes.destroyed {
        let update = sqlx::query(include_str!("../sql/destroy_key.sql")).bind(stream.as_str());
        update.execute(&mut *connection).await.map_err(classify)?;
    }
    Ok(true)
}

/// Writes what lies beside the log.
async fn write_beside(connection: &mut SqliteConnection, jobs: &[Job]) -> Result<bool> {
    let mut changed = false;
    for job in jobs {
        let statement = match job {
            Job::Audit { rows, .. } => sqlx::query(include_str!("../sql/audit.sql")).bind(rows),
            Job::Setting { name, value, .. } => sqlx::query(include_str!("../sql/put_setting.sql"))
                .bind(name)
                .bind(&value[..]),
            _ => continue,
        };
        statement
            .execute(&mut *connection)
            .await
            .map_err(classify)?;
        changed = true;
    }
    Ok(changed)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(corrupt)
}
