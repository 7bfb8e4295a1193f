use crate::batch::{self, Batch, Committed};
use crate::error::{Result, classify};
use crate::job::{Job, Outcome};
use crate::log::Durability;
use crate::options::{FileId, Place};
use docket_store::LogError;
use docket_store::queue::{Queue, advance};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

#[cfg(test)]
mod tests;

/// How long a destroyed key may stay in the write-ahead log under load, and until the next try.
const FORGET_WITHIN: Duration = Duration::from_secs(1);

/// The task that owns the write connection.
pub(crate) struct Writer {
    place: Place,
    batch: Batch,
    /// None after a failure that left it in an unknown state; opened again for the next batch.
    connection: Option<SqliteConnection>,
    /// The file that it is connected to.
    file: Option<FileId>,
    queue: Queue<Job>,
    newest: watch::Sender<u64>,
    /// Since when the write-ahead log may hold a key that was destroyed.
    forget: Option<Instant>,
}

impl Writer {
    pub(crate) fn new(
        place: Place,
        connection: SqliteConnection,
        jobs: mpsc::Receiver<Job>,
        newest: watch::Sender<u64>,
    ) -> Self {
        let batch = Batch {
            stale_after: place.options.stale_after,
            seen: Arc::clone(&place.seen),
        };
        Self {
            file: place.file(),
            place,
            batch,
            connection: Some(connection),
            queue: Queue::new(jobs),
            newest,
            // A process that died may have left one behind.
            forget: Some(Instant::now()),
        }
    }

    /// Works until the log is closed or dropped.
    pub(crate) async fn run(mut self) {
        self.forget_destroyed_keys().await;
        while let Some(job) = self.next().await {
            match job {
                Job::Close { .. } => {
                    let closed = self.close().await;
                    return job.answer(closed.map(|()| Outcome::Done));
                }
                Job::Durability { .. } => {
                    let found = self.durability().await;
                    job.answer(found.map(Outcome::Durability));
                }
                Job::Checkpoint { .. } => {
                    let done = self.checkpoint().await;
                    job.answer(done.map(|()| Outcome::Done));
                }
                job => {
                    let jobs = self.queue.drain(job);
                    self.work(jobs).await;
                }
            }
            self.forget_destroyed_keys().await;
        }
    }

    async fn next(&mut self) -> Option<Job> {
        while self.forget.is_some() {
            match timeout(FORGET_WITHIN, self.queue.next()).await {
                Ok(job) => return job,
                Err(_) => self.forget_destroyed_keys().await,
            }
        }
        self.queue.next().await
    }

    /// Commits the jobs together, or one by one if together they fail.
    async fn work(&mut self, jobs: Vec<Job>) {
        match self.commit(&jobs).await {
            Ok(committed) => answer(jobs, committed),
            Err(error)
                if jobs.len() == 1
                    || matches!(error, LogError::Unavailable(_) | LogError::Lost(_)) =>
            {
                tracing::warn!(%error, jobs = jobs.len(), "a batch was not stored");
                jobs.into_iter()
                    .for_each(|job| job.answer(Err(error.clone())));
            }
            Err(error) => {
                tracing::warn!(%error, jobs = jobs.len(), "a batch failed and is retried job by job");
                for job in jobs {
                    match self.commit(std::slice::from_ref(&job)).await {
                        Ok(committed) => answer(vec![job], committed),
                        Err(error) => job.answer(Err(error)),
                    }
                }
            }
        }
    }

    async fn commit(&mut self, jobs: &[Job]) -> Result<Committed> {
        let mut connection = self.connect().await?;
        let committed = batch::commit(&mut connection, &self.batch, jobs).await;
        match &committed {
            // A full disk ends the statement or the whole transaction, as SQLite pleases: what the
            // connection is left with is not worth knowing.
            Err(LogError::Unavailable(_)) => give_up(connection).await,
            _ => self.put_back(connection, committed.is_ok()).await,
        }
        let committed = committed?;
        if self.place.file() != self.file {
            // What was stored went to a file that nobody opens again.
            return Err(replaced());
        }
        if let Some(last) = committed.last {
            self.place.seen.saw(last);
        }
        if committed.destroyed {
            self.forget.get_or_insert_with(Instant::now);
        }
        advance(&self.newest, committed.position);
        docket_store::failpoint!("log.committed");
        Ok(committed)
    }

    /// Takes the connection out; whoever is done with it puts it back.
    async fn connect(&mut self) -> Result<SqliteConnection> {
        let present = self.place.file();
        if present != self.file {
            tracing::warn!("the file of the log was replaced; it is opened again");
            if let Some(before) = self.connection.take() {
                before.close().await.map_err(classify)?;
            }
        }
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        let connection = self.again().connect().await.map_err(classify)?;
        self.file = present;
        Ok(connection)
    }

    /// How to connect once more: a file that is gone is not begun anew.
    fn again(&self) -> SqliteConnectOptions {
        self.place.writing().create_if_missing(false)
    }

    /// Keeps the connection for the next job, unless what failed on it left a transaction open:
    /// when SQLite itself rolls back, as on a full disk, the driver's own rollback fails, and it
    /// would refuse every transaction that follows.
    async fn put_back(&mut self, mut connection: SqliteConnection, worked: bool) {
        // The ping is answered behind the rollback of the transaction that was dropped.
        if worked || (connection.ping().await.is_ok() && !connection.is_in_transaction()) {
            self.connection = Some(connection);
            return;
        }
        give_up(connection).await;
    }

    /// Empties the write-ahead log, so that a destroyed key is in no file: once nobody waits, at
    /// the latest after a while. A reader in the way puts it off.
    async fn forget_destroyed_keys(&mut self) {
        let Some(since) = self.forget else { return };
        if !self.queue.is_idle() && since.elapsed() < FORGET_WITHIN {
            return;
        }
        match self.checkpoint_now().await {
            Ok(()) => self.forget = None,
            Err(error) => {
                tracing::debug!(%error, "the write-ahead log still holds a destroyed key");
                self.forget = Some(Instant::now());
            }
        }
    }

    async fn checkpoint(&mut self) -> Result<()> {
        let mut connection = self.connect().await?;
        let done = checkpoint(&mut connection).await;
        self.put_back(connection, done.is_ok()).await;
        done
    }

    /// The same on a connection that does not wait for readers.
    async fn checkpoint_now(&self) -> Result<()> {
        let mut connection = self
            .again()
            .busy_timeout(Duration::ZERO)
            .connect()
            .await
            .map_err(classify)?;
        let done = checkpoint(&mut connection).await;
        connection.close().await.map_err(classify)?;
        done
    }

    async fn durability(&mut self) -> Result<Durability> {
        let mut connection = self.connect().await?;
        let asked = sqlx::query_as(include_str!("../sql/durability.sql"));
        let found = asked.fetch_one(&mut connection).await.map_err(classify);
        self.put_back(connection, found.is_ok()).await;
        let (journal_mode, synchronous) = found?;
        Ok(Durability {
            journal_mode,
            synchronous,
        })
    }

    async fn close(&mut self) -> Result<()> {
        match self.connection.take() {
            Some(connection) => connection.close().await.map_err(classify),
            None => Ok(()),
        }
    }
}

/// The next job opens another one.
async fn give_up(connection: SqliteConnection) {
    tracing::warn!("the write connection is opened again after a failure");
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "the broken write connection did not close");
    }
}

/// The answer to what was written to a file that is no more where it was.
fn replaced() -> LogError {
    LogError::Unavailable("the file of the log was replaced meanwhile".to_owned())
}

fn answer(jobs: Vec<Job>, committed: Committed) {
    jobs.into_iter()
        .zip(committed.outcomes)
        .for_each(|(job, outcome)| job.answer(Ok(outcome)));
}

async fn checkpoint(connection: &mut SqliteConnection) -> Result<()> {
    let statement = sqlx::query_as(include_str!("../sql/own/checkpoint.sql"));
    let (blocked, _, _): (i64, i64, i64) =
        statement.fetch_one(connection).await.map_err(classify)?;
    if blocked == 0 {
        return Ok(());
    }
    Err(LogError::Unavailable(
        "a reader or another writer is in the way of the checkpoint".to_owned(),
    ))
}
