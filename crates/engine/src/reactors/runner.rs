use crate::order::Failure;
use async_trait::async_trait;
use docket_store::{Log, LogError, Recorded, StreamId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const PAGE_EVENTS: usize = 1_000;
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// Tries before a stream counts as parked, which is only a matter of being reported.
const TRIES_BEFORE_PARKED: u32 = 10;
/// Positions after which the checkpoint is stored even if nothing was done.
const CHECKPOINT_EVERY: u64 = 5_000;

/// What came of answering one event.
#[derive(Debug)]
pub enum Reaction {
    /// All commands are in the log, or were not needed.
    Done,
    /// Something failed; the event is tried again.
    Again(Failure),
}

impl From<Result<(), Failure>> for Reaction {
    fn from(result: Result<(), Failure>) -> Self {
        match result {
            Ok(()) => Reaction::Done,
            Err(failure) => Reaction::Again(failure),
        }
    }
}

/// Why a runner ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The log is closed.
    Closed,
    /// The log holds what this build does not know; a newer one must go on.
    TooOld(String),
}

/// One policy.
#[async_trait]
pub trait Reactor: Send + Sync {
    /// Names its checkpoint and its command ids; frozen.
    const NAME: &'static str;

    /// Whether it answers events of a type.
    fn reacts_to(kind: &str) -> bool;

    /// Issues the commands that answer an event. Called again for the same event until done.
    async fn answer(&self, event: &Recorded) -> Reaction;
}

/// Events of one stream that wait, the first of them for its next try.
struct Waiting {
    events: VecDeque<Recorded>,
    tries: u32,
    next_try: Instant,
}

/// Feeds a reactor from the log.
pub struct ReactorRunner<R> {
    log: Arc<dyn Log>,
    reactor: R,
    /// Everything up to here was read.
    read: u64,
    stored: u64,
    waiting: BTreeMap<StreamId, Waiting>,
    /// Why an event cannot be answered by this build.
    too_old: Option<String>,
}

impl<R: Reactor> ReactorRunner<R> {
    /// Starts behind the stored checkpoint.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn start(log: Arc<dyn Log>, reactor: R) -> Result<Self, LogError> {
        let stored = log.setting(&checkpoint_name::<R>()).await?;
        let read = stored
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        Ok(Self {
            log,
            reactor,
            read,
            stored: read,
            waiting: BTreeMap::new(),
            too_old: None,
        })
    }

    /// Runs until the log's watch ends, an event is beyond this build, or the future is dropped.
    pub async fn run(mut self) -> Outcome {
        let mut newest = self.log.watch();
        loop {
            if let Err(error) = self.step().await {
                tracing::warn!(reactor = R::NAME, %error, "the log cannot be read, trying again");
            }
            if let Some(why) = self.too_old.take() {
                return Outcome::TooOld(why);
            }
            let pause = tokio::time::sleep(self.pause());
            tokio::select! {
                changed = newest.changed() => if changed.is_err() { return Outcome::Closed },
                () = pause => {}
            }
        }
    }

    /// Reads on, answers what is new and what is due, and stores the checkpoint.
    ///
    /// # Errors
    /// When the log cannot be read or the checkpoint not be stored.
    pub async fn step(&mut self) -> Result<(), LogError> {
        loop {
            let page = self.log.read_all(self.read, PAGE_EVENTS).await?;
            let Some(last) = page.last().map(|event| event.position) else {
                break;
            };
            for event in page.into_iter().filter(|event| R::reacts_to(&event.kind)) {
                self.take(event).await;
            }
            self.read = last;
            self.retry().await;
            self.checkpoint().await?;
        }
        self.retry().await;
        self.checkpoint().await
    }

    /// Everything up to here is answered.
    pub fn done(&self) -> u64 {
        let oldest = self
            .waiting
            .values()
            .filter_map(|waiting| waiting.events.front())
            .map(|event| event.position)
            .min();
        oldest.map_or(self.read, |position| position - 1)
    }

    async fn take(&mut self, event: Recorded) {
        if let Some(waiting) = self.waiting.get_mut(&event.stream) {
            waiting.events.push_back(event);
            return;
        }
        if let Reaction::Again(failure) = self.reactor.answer(&event).await {
            tracing::warn!(reactor = R::NAME, position = event.position, %failure, "an event waits for another try");
            self.note(failure);
            let waiting = Waiting {
                tries: 1,
                next_try: Instant::now() + BACKOFF_FIRST,
                events: VecDeque::from([event]),
            };
            let stream = waiting.events[0].stream.clone();
            self.waiting.insert(stream, waiting);
        }
    }

    async fn retry(&mut self) {
        let due: Vec<StreamId> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.next_try <= Instant::now())
            .map(|(stream, _)| stream.clone())
            .collect();
        for stream in due {
            let Some(mut waiting) = self.waiting.remove(&stream) else {
                continue;
            };
            while let Some(event) = waiting.events.front() {
                match self.reactor.answer(event).await {
                    Reaction::Done => {
                        waiting.events.pop_front();
                        waiting.tries = 0;
                    }
                    Reaction::Again(failure) => {
                        waiting.tries += 1;
                        if waiting.tries == TRIES_BEFORE_PARKED {
                            tracing::error!(reactor = R::NAME, position = event.position, %failure, "a stream is parked");
                        }
                        self.note(failure);
                        break;
                    }
                }
            }
            if !waiting.events.is_empty() {
                let backoff =
                    BACKOFF_FIRST.saturating_mul(2u32.saturating_pow(waiting.tries.min(16)));
                waiting.next_try = Instant::now() + backoff.min(BACKOFF_MAX);
                self.waiting.insert(stream, waiting);
            }
        }
    }

    /// Trying again helps against everything but being too old.
    fn note(&mut self, failure: Failure) {
        if let Failure::NodeTooOld(why) = failure {
            self.too_old = Some(why);
        }
    }

    /// Stored when work was done or much was read; what lies between is only read again.
    async fn checkpoint(&mut self) -> Result<(), LogError> {
        let done = self.done();
        if done < self.stored + CHECKPOINT_EVERY {
            return Ok(());
        }
        self.log
            .put_setting(&checkpoint_name::<R>(), &done.to_be_bytes())
            .await?;
        self.stored = done;
        Ok(())
    }

    fn pause(&self) -> Duration {
        let next = self.waiting.values().map(|waiting| waiting.next_try).min();
        next.map_or(Duration::from_secs(5), |at| {
            at.saturating_duration_since(Instant::now())
        })
    }
}

fn checkpoint_name<R: Reactor>() -> String {
    format!("reactor/{}", R::NAME)
}
