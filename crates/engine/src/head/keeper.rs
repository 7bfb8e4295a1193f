//! The task of a node that hashes every event and remembers the newest head.

use super::file::MemoryFile;
use super::memory::Memory;
use crate::level::log_state;
use docket_domain::event::EventData as _;
use docket_domain::log::{Incarnation, LogRestored};
use docket_domain::time::Instant;
use docket_store::{Guarded, Log, LogError, Recorded, read_proven};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant as Moment, sleep, timeout};

/// Events that are hashed at once.
const PAGE: usize = 1_024;
/// How often the file is written at most.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// The wait for a wake-up, after which the log is looked at anyhow.
const LOOK: Duration = Duration::from_millis(500);
/// The wait after the log could not be read.
const AGAIN: Duration = Duration::from_millis(250);
/// The wait before an event that is not what its leaf says is looked at again.
const CORRUPT: Duration = Duration::from_secs(10);

/// A head that this node vouches for: it has computed every leaf from the stored parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// How many events.
    pub size: u64,
    /// The root over their leaves.
    pub root: [u8; 32],
    /// The time of the newest.
    pub at: Instant,
}

/// How far a node has come with the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadState {
    /// Events hashed so far.
    pub hashed: u64,
    /// The newest head, once the log was hashed to its end.
    pub published: Option<Published>,
    /// The first position that is not what it should be, and what is wrong there.
    pub corrupt: Option<(u64, String)>,
}

/// Follows what a [`HeadKeeper`] finds.
#[derive(Debug, Clone)]
pub struct HeadWatch {
    state: watch::Receiver<HeadState>,
    incarnation: Incarnation,
}

impl HeadWatch {
    /// The incarnation of the log that the node works on.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// What is known now.
    pub fn state(&self) -> HeadState {
        self.state.borrow().clone()
    }

    /// What is known once a position is hashed or something is found to be wrong, or when the time is
    /// up.
    pub async fn hashed(&self, position: u64, within: Duration) -> HeadState {
        let mut state = self.state.clone();
        let come = |state: &HeadState| {
            let published = state.published.map_or(0, |head| head.size);
            state.corrupt.is_some() || (state.published.is_some() && published >= position)
        };
        let waited = timeout(within, state.wait_for(come)).await;
        match waited {
            Ok(Ok(found)) => found.clone(),
            _ => self.state(),
        }
    }
}

/// Hashes the log from its first event on, in the background and in bounded memory, and remembers
/// the newest head in a file. It holds no lock and stands in nobody's way.
pub struct HeadKeeper {
    watch: HeadWatch,
    anew: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HeadKeeper {
    /// Starts on a log that was held against what is remembered. `file` is where this node
    /// remembers; without one it remembers nothing.
    pub fn start(log: Arc<dyn Log>, incarnation: Incarnation, file: Option<MemoryFile>) -> Self {
        let (state, known) = watch::channel(HeadState::default());
        let (anew, told) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let ahead = file.as_ref().and_then(|file| file.load().ok().flatten());
        // What was accepted as lost is not gone on with.
        let ahead =
            ahead.filter(|known| (known.log_id(), known.incarnation()) == (log.id(), incarnation));
        let keeper = Keeper {
            guarded: Guarded::new(Arc::clone(&log)),
            tree: Memory::new(log.id(), incarnation),
            joins: ahead.as_ref().map(|ahead| (ahead.size(), ahead.root())),
            ahead,
            log,
            file,
            saved: 0,
            due: Moment::now(),
            told: false,
            state,
            anew,
        };
        Self {
            watch: HeadWatch {
                state: known,
                incarnation,
            },
            anew: told,
            stop,
            task: tokio::spawn(keeper.run(stopped)),
        }
    }

    /// Follows what it finds.
    pub fn watch(&self) -> HeadWatch {
        self.watch.clone()
    }

    /// Whether another incarnation of the log began: the node must forget what it holds of the log
    /// and begin anew.
    pub fn begins_anew(&self) -> watch::Receiver<bool> {
        self.anew.clone()
    }

    /// Remembers what was seen last, and stops.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the task that hashes the log failed");
        }
    }
}

struct Keeper {
    log: Arc<dyn Log>,
    guarded: Guarded,
    /// Computed from the first event on.
    tree: Memory,
    /// What the file remembered when the node started, gone on with until the tree has come so far:
    /// the newest head is remembered from the first second, however long the log is.
    ahead: Option<Memory>,
    /// The size and root that were remembered, until the tree has been compared with them.
    joins: Option<(u64, [u8; 32])>,
    file: Option<MemoryFile>,
    /// Events of the head that was saved last.
    saved: u64,
    /// When the file may be written again.
    due: Moment,
    /// Whether it was told that the log has lost events.
    told: bool,
    state: watch::Sender<HeadState>,
    anew: watch::Sender<bool>,
}

impl Keeper {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut newest = self.log.watch();
        while !*stopped.borrow() {
            newest.mark_unchanged();
            let wait = match self.step().await {
                Ok(true) => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Ok(false) => LOOK,
                Err(error) => self.failed(error).await,
            };
            self.save_if_due().await;
            let closed = tokio::select! {
                changed = newest.changed(), if wait == LOOK => changed.is_err(),
                changed = stopped.changed() => changed.is_err(),
                () = sleep(wait) => false,
            };
            if closed {
                break;
            }
        }
        self.due = Moment::now();
        self.save_if_due().await;
    }

    /// Hashes the next page; whether there may be another one.
    async fn step(&mut self) -> Result<bool, LogError> {
        if let Some(ahead) = &mut self.ahead {
            let events = read_proven(&self.guarded, ahead.size(), PAGE).await?;
            events.iter().for_each(|event| ahead.push(event));
            self.look_for_a_new_incarnation(&events).await?;
            self.save_if_due().await;
        }
        let rest = self.joins.map(|(size, _)| size - self.tree.size());
        let wanted = rest.map_or(PAGE, |rest| {
            usize::try_from(rest).map_or(PAGE, |rest| rest.min(PAGE))
        });
        let events = read_proven(&self.guarded, self.tree.size(), wanted).await?;
        events.iter().for_each(|event| self.tree.push(event));
        self.join()?;
        if self.ahead.is_none() {
            self.look_for_a_new_incarnation(&events).await?;
        }
        let more = events.len() == wanted;
        self.tell(!more && self.joins.is_none());
        Ok(more)
    }

    /// Compares the tree with what was remembered once it has come so far; from then on it is what is
    /// remembered.
    fn join(&mut self) -> Result<(), LogError> {
        if let Some((size, root)) = self.joins.filter(|(size, _)| *size == self.tree.size()) {
            if root != self.tree.root() {
                return Err(LogError::Corrupt {
                    position: size,
                    what: "the events up to here are not those that this node remembers".to_owned(),
                });
            }
            self.joins = None;
        }
        let known = self.ahead.as_ref().map_or(0, Memory::size);
        if self.joins.is_none() && self.tree.size() >= known {
            self.ahead = None;
        }
        Ok(())
    }

    fn tell(&mut self, caught_up: bool) {
        self.told = false;
        let hashed = self.tree.size();
        metrics::gauge!("docket_log_hashed_position").set(hashed as f64);
        metrics::gauge!("docket_log_corrupt_position").set(0.0);
        metrics::gauge!("docket_log_restored").set(0.0);
        self.state.send_if_modified(|state| {
            let before = state.clone();
            state.hashed = hashed;
            state.corrupt = None;
            if caught_up && hashed > 0 {
                state.published = Some(Published {
                    size: hashed,
                    root: self.tree.root(),
                    at: self.tree.at(),
                });
            }
            *state != before
        });
    }

    /// A loss that an operator accepted, here or on another node, begins another incarnation.
    async fn look_for_a_new_incarnation(&self, events: &[Recorded]) -> Result<(), LogError> {
        match events.iter().any(|event| event.kind == LogRestored::KIND) {
            true => self.ask_for_a_new_incarnation().await,
            false => Ok(()),
        }
    }

    async fn ask_for_a_new_incarnation(&self) -> Result<(), LogError> {
        if log_state(self.log.as_ref()).await?.incarnation() > self.tree.incarnation() {
            self.anew.send_replace(true);
        }
        Ok(())
    }

    /// Tells what is wrong, each thing once; how long to wait.
    async fn failed(&mut self, error: LogError) -> Duration {
        match error {
            LogError::Corrupt { position, what } if position > 0 => {
                metrics::gauge!("docket_log_corrupt_position").set(position as f64);
                let found = Some((position, what));
                self.state.send_if_modified(|state| {
                    let news = state.corrupt != found;
                    if news {
                        tracing::error!(position, "the log is corrupt: its head is not published");
                    }
                    state.corrupt = found;
                    news
                });
                CORRUPT
            }
            LogError::Lost(loss) => {
                metrics::gauge!("docket_log_restored").set(1.0);
                if let Err(error) = self.ask_for_a_new_incarnation().await {
                    tracing::debug!(%error, "the log's own stream cannot be read");
                }
                if !std::mem::replace(&mut self.told, true) {
                    tracing::error!(%loss, "the log has lost events: put the right copy back, or see `docket log accept-restored`; until then every request is answered LOG_RESTORED");
                }
                AGAIN
            }
            error => {
                tracing::debug!(%error, "the log cannot be hashed now");
                AGAIN
            }
        }
    }

    /// Writes the file if there is something to remember and its time has come.
    async fn save_if_due(&mut self) {
        let newest = match (&self.ahead, self.state.borrow().published.is_some()) {
            (Some(ahead), _) => ahead,
            (None, true) => &self.tree,
            (None, false) => return,
        };
        let Some(file) = self.file.clone() else {
            return;
        };
        if newest.size() == self.saved || Moment::now() < self.due {
            return;
        }
        let (size, memory) = (newest.size(), newest.clone());
        let saved = tokio::task::spawn_blocking(move || file.save(&memory)).await;
        match saved {
            Ok(Ok(())) => self.saved = size,
            Ok(Err(error)) => tracing::warn!(%error, "the newest head cannot be remembered"),
            Err(error) => tracing::error!(%error, "the newest head cannot be remembered"),
        }
        self.due = Moment::now() + SAVE_EVERY;
    }
}

#[cfg(test)]
mod tests;
