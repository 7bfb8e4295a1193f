use crate::batch::{self, Batch, Committed, Unsettled};
use crate::error::{Result, Trouble, lost, silent};
use crate::job::{Job, Outcome};
use crate::place::Place;
use crate::readers::Readers;
use crate::session::Session;
use docket_store::queue::{Queue, advance};
use docket_store::{LogError, Seen, failpoint};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

/// The first wait before a batch is tried again, and the longest.
const AGAIN: Duration = Duration::from_millis(20);
const AGAIN_MAX: Duration = Duration::from_millis(500);

/// The task that appends.
pub(crate) struct Writer {
    place: Place,
    batch: Batch,
    /// None after a failure; connected again for the next try.
    session: Option<Session>,
    /// Told where to read when the primary is another one.
    readers: Readers,
    queue: Queue<Job>,
    newest: watch::Sender<u64>,
}

impl Writer {
    pub(crate) fn new(
        place: Place,
        session: Session,
        readers: Readers,
        jobs: mpsc::Receiver<Job>,
        newest: watch::Sender<u64>,
        seen: Arc<Seen>,
    ) -> Self {
        let batch = Batch {
            seen,
            stale_after: place.options.stale_after,
            answer_within: place.options.answer_within,
        };
        Self {
            place,
            batch,
            session: Some(session),
            readers,
            queue: Queue::new(jobs),
            newest,
        }
    }

    /// Works until the log is closed or dropped.
    pub(crate) async fn run(mut self) {
        while let Some(job) = self.queue.next().await {
            if let Job::Close { .. } = job {
                return job.answer(Ok(Outcome::Done));
            }
            let jobs = self.queue.drain(job);
            failpoint!("log.drained");
            self.work(jobs).await;
        }
    }

    /// Commits the jobs together, or one by one if together they fail.
    async fn work(&mut self, jobs: Vec<Job>) {
        match self.insist(&jobs).await {
            Ok(committed) => answer(jobs, committed),
            Err(Trouble::Refused(error))
                if jobs.len() > 1
                    && !matches!(error, LogError::Unavailable(_) | LogError::Lost(_)) =>
            {
                tracing::warn!(%error, jobs = jobs.len(), "a batch failed and is retried job by job");
                for job in jobs {
                    match self.insist(std::slice::from_ref(&job)).await {
                        Ok(committed) => answer(vec![job], committed),
                        Err(trouble) => job.answer(Err(trouble.into_error())),
                    }
                }
            }
            Err(trouble) => {
                let error = trouble.into_error();
                tracing::warn!(%error, jobs = jobs.len(), "a batch was not stored");
                jobs.into_iter()
                    .for_each(|job| job.answer(Err(error.clone())));
            }
        }
    }

    /// Tries until the batch is stored, refused, or the time is up. A commit whose answer was lost
    /// is settled before anything is tried again.
    async fn insist(&mut self, jobs: &[Job]) -> std::result::Result<Committed, Trouble> {
        let give_up = Instant::now() + self.place.options.give_up_after;
        let mut unsettled: Option<Box<Unsettled>> = None;
        let mut wait = AGAIN;
        loop {
            let trouble = match self.attempt(jobs, &mut unsettled).await {
                Ok(committed) => return Ok(committed),
                Err(refused @ Trouble::Refused(_)) => return Err(refused),
                Err(trouble) => trouble,
            };
            if Instant::now() + wait > give_up {
                return Err(trouble);
            }
            tracing::warn!(?trouble, jobs = jobs.len(), "a batch is tried again");
            if let Trouble::Held(_) = trouble {
                self.free_lock().await;
            }
            sleep(wait).await;
            wait = (wait * 2).min(AGAIN_MAX);
        }
    }

    async fn attempt(
        &mut self,
        jobs: &[Job],
        unsettled: &mut Option<Box<Unsettled>>,
    ) -> std::result::Result<Committed, Trouble> {
        let session = self.connect().await.map_err(Trouble::Again)?;
        if let Some(open) = unsettled {
            let settling = batch::settle(&session, open);
            let settled = timeout(self.place.options.answer_within, settling).await;
            let settled = settled.unwrap_or_else(|_| Err(Trouble::Again(silent())))?;
            *unsettled = None;
            if let Some(committed) = settled {
                tracing::info!("a commit whose answer was lost stands in the log");
                return Ok(self.done(session, committed));
            }
        }
        match self.batch.commit(&session, jobs).await {
            Ok(committed) => Ok(self.done(session, committed)),
            Err(failed) => {
                *unsettled = failed.unsettled;
                Err(failed.trouble)
            }
        }
    }

    fn done(&mut self, session: Session, committed: Committed) -> Committed {
        self.session = Some(session);
        if let Some(last) = committed.last {
            self.batch.seen.saw(last);
        }
        failpoint!("log.committed");
        advance(&self.newest, committed.position);
        committed
    }

    /// Takes the session out; whoever is done with it puts it back, and one that failed is dropped.
    async fn connect(&mut self) -> Result<Session> {
        if let Some(session) = self
            .session
            .take()
            .filter(|session| !session.client.is_closed())
        {
            return Ok(session);
        }
        let session = Session::open(&self.place).await?;
        self.readers.turn_to(&session.reading);
        Ok(session)
    }

    /// Ends the session of a node that holds the lock and does not go on.
    async fn free_lock(&mut self) {
        let freed = self.place.with_connection(async |client| {
            let text = include_str!("../sql/own/free_lock.sql");
            let ended = client.query_one(text, &[]).await.map_err(lost)?;
            Ok(ended.get::<_, i64>(0))
        });
        let freed = timeout(self.place.options.answer_within, freed).await;
        match freed.unwrap_or_else(|_| Err(silent())) {
            Ok(ended) => tracing::warn!(ended, "sessions that held the lock of the log were ended"),
            Err(error) => tracing::warn!(%error, "the lock of the log could not be freed"),
        }
    }
}

fn answer(jobs: Vec<Job>, committed: Committed) {
    jobs.into_iter()
        .zip(committed.outcomes)
        .for_each(|(job, outcome)| job.answer(Ok(outcome)));
}
