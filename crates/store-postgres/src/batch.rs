use crate::encode::{AuditArrays, EventArrays, Prepared, Writes};
use crate::error::{Trouble, corrupt, lost, silent};
use crate::job::{Job, Outcome};
use crate::readers::hash;
use crate::session::Session;
use docket_store::ledger::{Ledger, NewRow, streams_of};
use docket_store::page::integer;
use docket_store::{AppendError, Appended, KeyChange, LogError, Mark, Seen, StreamId, failpoint};
use futures::future::{BoxFuture, FutureExt, join_all};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// What a committed batch came to.
#[derive(Clone)]
pub(crate) struct Committed {
    /// One for each job, in order.
    pub(crate) outcomes: Vec<Outcome>,
    /// The newest position of the log, as far as the batch saw it.
    pub(crate) position: u64,
    /// Its last event, if it stored one.
    pub(crate) last: Option<Mark>,
}

impl Committed {
    /// Whether something is answered that an earlier commit stored.
    fn repeats(&self) -> bool {
        let mut outcomes = self.outcomes.iter();
        outcomes.any(|outcome| matches!(outcome, Outcome::Append(Ok(done)) if done.repeated))
    }
}

/// A batch whose commit was sent and not answered.
pub(crate) struct Unsettled {
    /// What it comes to if it was stored.
    pub(crate) committed: Committed,
    /// Its transaction.
    pub(crate) transaction: String,
}

/// Why a batch was not answered.
pub(crate) struct Failed {
    pub(crate) trouble: Trouble,
    /// What has to be settled before it is tried again.
    pub(crate) unsettled: Option<Box<Unsettled>>,
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            unsettled: None,
        }
    }
}

/// What the writer knows of every batch.
pub(crate) struct Batch {
    pub(crate) stale_after: Duration,
    pub(crate) answer_within: Duration,
    /// Nothing is appended to a log that does not hold it.
    pub(crate) seen: Arc<Seen>,
}

impl Batch {
    /// Runs jobs in one transaction. After an error the session is of no more use.
    pub(crate) async fn commit(
        &self,
        session: &Session,
        jobs: &[Job],
    ) -> std::result::Result<Committed, Failed> {
        let appends: Vec<Option<&Prepared>> = jobs.iter().map(|job| self.fresh(job)).collect();
        let fresh: Vec<&Prepared> = appends.iter().flatten().copied().collect();
        let begun = timeout(self.answer_within, begin(session, &self.seen, &fresh)).await;
        let (mut ledger, transaction) = begun.unwrap_or_else(|_| Err(Trouble::Again(silent())))?;
        failpoint!("log.looked");
        let mut writes = Writes::default();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for (job, append) in jobs.iter().zip(&appends) {
            outcomes.push(match (job, append) {
                (_, Some(append)) => Outcome::Append(ledger.decide(append, &mut writes)),
                (Job::Append { .. }, None) => Outcome::Append(Err(AppendError::Stale)),
                _ => Outcome::Done,
            });
        }
        let committed = Committed {
            outcomes,
            position: ledger.position,
            last: writes.rows.last().map(NewRow::mark),
        };
        let repeats = committed.repeats();
        let ended = timeout(self.answer_within, end(session, &writes, jobs, repeats)).await;
        match ended.unwrap_or_else(|_| Err(Trouble::Unknown(silent()))) {
            Ok(()) => Ok(committed),
            Err(trouble @ Trouble::Unknown(_)) => Err(Failed {
                trouble,
                unsettled: Some(Box::new(Unsettled {
                    committed,
                    transaction,
                })),
            }),
            Err(trouble) => Err(trouble.into()),
        }
    }

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

/// First round trip: begin, lock, and all that deciding the appends needs.
async fn begin<'a>(
    session: &Session,
    seen: &Seen,
    appends: &[&'a Prepared],
) -> std::result::Result<(Ledger<'a>, String), Trouble> {
    let known = seen.newest();
    let at = known.map_or(0, |mark| integer(mark.position));
    let (client, statements) = (&session.client, &session.statements);
    let streams = streams_of(appends);
    let names: Vec<&str> = streams.iter().map(|stream| stream.as_str()).collect();
    let commands: Vec<Uuid> = appends.iter().map(|append| append.command).collect();
    let keyed: Vec<&'a StreamId> = appends
        .iter()
        .flat_map(|append| &append.keys)
        .map(KeyChange::stream)
        .collect();
    let key_names: Vec<&str> = keyed.iter().map(|stream| stream.as_str()).collect();
    let asked: [&(dyn ToSql + Sync); 4] = [&names, &commands, &key_names, &at];
    let (begun, locked, looked) = futures::join!(
        client.batch_execute(include_str!("../sql/own/begin.sql")),
        lock(session, !appends.is_empty()),
        client.query_one(&statements.look, &asked),
    );
    begun.map_err(before_commit)?;
    locked?;
    let row = looked.map_err(before_commit)?;
    let position = row.get::<_, i64>(0).unsigned_abs();
    let found: Option<Vec<u8>> = row.get(6);
    found
        .map(hash)
        .transpose()
        .and_then(|found| seen.compare(known, found, position))
        .map_err(Trouble::Refused)?;
    let versions: Vec<i64> = row.get(2);
    let held: Vec<String> = row.get(4);
    let held: HashSet<String> = held.into_iter().collect();
    let ledger = Ledger {
        position,
        recorded_at: row.get(1),
        versions: streams
            .into_iter()
            .zip(versions.into_iter().map(i64::unsigned_abs))
            .collect(),
        keys: keyed
            .into_iter()
            .filter(|stream| held.contains(stream.as_str()))
            .collect(),
        commands: repeats(session, row.get(3)).await?,
    };
    Ok((ledger, row.get(5)))
}

/// Takes the lock of the log, which the end of the transaction gives back.
pub(crate) async fn lock(session: &Session, wanted: bool) -> std::result::Result<(), Trouble> {
    if !wanted {
        return Ok(());
    }
    let locked = session
        .client
        .execute(&session.statements.lock, &[])
        .await
        .map(|_| ());
    failpoint!("log.locked");
    locked.map_err(|error| match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => Trouble::Held(lost(error)),
        _ => before_commit(error),
    })
}

/// What commands that stand in the log already stored.
async fn repeats(
    session: &Session,
    found: Vec<Uuid>,
) -> std::result::Result<HashMap<Uuid, Appended>, Trouble> {
    let mut repeats: HashMap<Uuid, Appended> = HashMap::new();
    if found.is_empty() {
        return Ok(repeats);
    }
    let statement = &session.statements.repeats;
    let rows = session.client.query(statement, &[&found]).await;
    for row in rows.map_err(before_commit)? {
        let (position, version): (i64, i64) = (row.get(1), row.get(3));
        let (position, version) = (position.unsigned_abs(), version.unsigned_abs());
        let stream = StreamId::parse(row.get(2))
            .ok_or_else(|| Trouble::Refused(corrupt("a stream's name without a category")))?;
        let repeat = repeats.entry(row.get(0)).or_insert_with(|| Appended {
            position,
            first_position: position,
            recorded_at: row.get(4),
            versions: Vec::new(),
            repeated: true,
        });
        repeat.position = position;
        match repeat.versions.last_mut() {
            Some((last, newest)) if *last == stream => *newest = version,
            _ => repeat.versions.push((stream, version)),
        }
    }
    Ok(repeats)
}

type Step<'a> = BoxFuture<'a, std::result::Result<(), tokio_postgres::Error>>;

/// Second round trip: everything that is written, and the commit.
async fn end(
    session: &Session,
    writes: &Writes<'_>,
    jobs: &[Job],
    repeats: bool,
) -> std::result::Result<(), Trouble> {
    let client = &session.client;
    let beside = Beside::of(jobs);
    let writes_nothing = writes.rows.is_empty() && beside.is_empty();
    if writes_nothing && !repeats {
        return client
            .batch_execute("ROLLBACK")
            .await
            .map_err(before_commit);
    }
    for (name, value) in &beside.settings {
        let asked: [&(dyn ToSql + Sync); 2] = [name, value];
        let set = client.execute(&session.statements.setting, &asked).await;
        set.map_err(before_commit)?;
    }
    let events = EventArrays::of(&writes.rows);
    let audit = AuditArrays::of(beside.audit.iter().copied());
    let (documents, created, destroyed) = arrays(writes);
    let mut steps: Vec<Step<'_>> = Vec::new();
    if !writes.rows.is_empty() {
        steps.push(insert_events(session, &events));
    }
    if !documents.0.is_empty() {
        steps.push(execute(
            session,
            &session.statements.document,
            [&documents.0, &documents.1, &documents.2],
        ));
    }
    if !created.0.is_empty() {
        steps.push(execute(
            session,
            &session.statements.create_key,
            [&created.0, &created.1],
        ));
    }
    if !destroyed.is_empty() {
        steps.push(execute(
            session,
            &session.statements.destroy_key,
            [&destroyed],
        ));
    }
    if !beside.audit.is_empty() {
        steps.push(insert_audit(session, &audit));
    }
    if writes_nothing {
        // What is answered again may have been committed without its standby.
        steps.push(execute(session, &session.statements.flush, []));
    }
    if !writes.rows.is_empty() {
        steps.push(
            client
                .batch_execute(include_str!("../sql/own/notify.sql"))
                .boxed(),
        );
    }
    failpoint!("log.inserted");
    steps.push(client.batch_execute("COMMIT").boxed());
    let answers = join_all(steps).await;
    failpoint!("log.committing");
    conclude(answers)
}

/// What the answers to the steps mean; the last is that of the commit.
fn conclude(
    mut answers: Vec<std::result::Result<(), tokio_postgres::Error>>,
) -> std::result::Result<(), Trouble> {
    let commit = answers.pop().expect("the commit is the last");
    match answers.into_iter().find_map(std::result::Result::err) {
        Some(error) if error.as_db_error().is_some() => Err(error.into()),
        Some(error) => Err(Trouble::Unknown(lost(error))),
        None => commit.map_err(in_commit),
    }
}

/// What lies beside the log.
#[derive(Default)]
struct Beside<'a> {
    audit: Vec<&'a docket_store::AuditEntry>,
    settings: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Beside<'a> {
    fn of(jobs: &'a [Job]) -> Self {
        let mut beside = Self::default();
        for job in jobs {
            match job {
                Job::Audit { entries, .. } => beside.audit.extend(entries),
                Job::Setting { name, value, .. } => beside.settings.push((name, value)),
                _ => {}
            }
        }
        beside
    }

    fn is_empty(&self) -> bool {
        self.audit.is_empty() && self.settings.is_empty()
    }
}

type Documents<'a> = (Vec<&'a [u8]>, Vec<&'a str>, Vec<&'a [u8]>);
type Keys<'a> = (Vec<&'a str>, Vec<&'a [u8]>);

/// Documents, created keys and destroyed keys as arrays.
fn arrays<'a>(writes: &'a Writes<'_>) -> (Documents<'a>, Keys<'a>, Vec<&'a str>) {
    let mut documents = Documents::default();
    for document in &writes.documents {
        documents.0.push(&document.hash);
        documents.1.push(document.stream.as_str());
        documents.2.push(&document.bytes);
    }
    let created = writes.created.iter();
    let created = created.map(|(stream, wrapped)| (stream.as_str(), *wrapped));
    let destroyed = writes.destroyed.iter().map(|stream| stream.as_str());
    (documents, created.unzip(), destroyed.collect())
}

fn insert_events<'a>(session: &'a Session, events: &'a EventArrays<'a>) -> Step<'a> {
    execute(
        session,
        &session.statements.events,
        [
            &events.positions,
            &events.streams,
            &events.versions,
            &events.kinds,
            &events.schemas,
            &events.payloads,
            &events.sealed,
            &events.metadata,
            &events.times,
            &events.leaves,
            &events.commands,
            &events.sizes,
        ],
    )
}

fn insert_audit<'a>(session: &'a Session, audit: &'a AuditArrays<'a>) -> Step<'a> {
    execute(
        session,
        &session.statements.audit,
        [
            &audit.times,
            &audit.actors,
            &audit.units,
            &audit.actions,
            &audit.subjects,
            &audit.results,
            &audit.codes,
            &audit.correlations,
        ],
    )
}

fn execute<'a, const N: usize>(
    session: &'a Session,
    statement: &'a tokio_postgres::Statement,
    parameters: [&'a (dyn ToSql + Sync); N],
) -> Step<'a> {
    async move {
        session
            .client
            .execute(statement, &parameters)
            .await
            .map(|_| ())
    }
    .boxed()
}

/// An error before the commit was sent: nothing was stored.
fn before_commit(error: tokio_postgres::Error) -> Trouble {
    error.into()
}

/// An error of the commit itself. Only these mean that it was not done.
fn in_commit(error: tokio_postgres::Error) -> Trouble {
    match error.code() {
        Some(code) if code.code().starts_with("40") => error.into(),
        _ => Trouble::Unknown(lost(error)),
    }
}

/// Whether an unanswered commit was stored: `None` when it was not. Asked under the lock, which a
/// commit with events holds to its end; one that only noted something beside the log may be under
/// way still.
pub(crate) async fn settle(
    session: &Session,
    unsettled: &Unsettled,
) -> std::result::Result<Option<Committed>, Trouble> {
    let (client, statements) = (&session.client, &session.statements);
    let last = unsettled.committed.last;
    let position = integer(last.map_or(0, |mark| mark.position));
    let asked: [&(dyn ToSql + Sync); 2] = [&unsettled.transaction, &position];
    let (begun, locked, found) = futures::join!(
        client.batch_execute(include_str!("../sql/own/begin.sql")),
        lock(session, true),
        client.query_one(&statements.settle, &asked),
    );
    begun.map_err(before_commit)?;
    locked?;
    let found = found.map_err(before_commit)?;
    let (status, leaf): (String, Option<Vec<u8>>) = (found.get(0), found.get(1));
    if last.is_none() && status == "in progress" {
        let still = LogError::Unavailable("a commit is under way still".to_owned());
        return Err(Trouble::Again(still));
    }
    let stands = match last {
        Some(mark) => leaf.as_deref() == Some(mark.leaf.as_slice()),
        None => status == "committed",
    };
    let (flushed, ended) = futures::join!(
        client.execute(&statements.flush, &[]),
        client.batch_execute("COMMIT"),
    );
    flushed.map_err(before_commit)?;
    ended.map_err(before_commit)?;
    Ok(stands.then(|| unsettled.committed.clone()))
}
