//! The live runner: batches from the log, rows and checkpoint in one transaction.

use crate::container::{Applied, Result};
use crate::fold::{Changes, Folder, Target};
use crate::generation::Generation;
use crate::model::Model;
use crate::source::SourceError;
use crate::views::Views;
use docket_store::{Log, Recorded};
use futures::future::join_all;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{MutexGuard, watch};
use tokio::task::JoinHandle;

/// Events of one batch.
const BATCH: usize = 1_024;
/// How often the log and the registry are looked at without being woken.
const POLL: Duration = Duration::from_millis(250);
/// The wait after a failure.
const RETRY: Duration = Duration::from_millis(100);

/// The task that feeds the views of a process.
pub struct Runner {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Runner {
    /// Finishes the batch in hand and stops.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the runner of the views failed");
        }
    }
}

/// A view taking part in a batch.
struct Part {
    model: Arc<Model>,
    generation: Arc<Generation>,
}

impl Views {
    /// Starts feeding the views.
    pub fn start(&self) -> Runner {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(self.clone().run(stopped));
        Runner { stop, task }
    }

    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let mut newest = self.inner.log.watch();
        while !*stopped.borrow() {
            newest.mark_unchanged();
            let wait = match self.step().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "the views could not be fed");
                    if let crate::ViewError::TooOld { .. } = &error {
                        self.inner
                            .models
                            .iter()
                            .for_each(|model| model.stop(&error.to_string()));
                        return;
                    }
                    RETRY
                }
            };
            tokio::select! {
                _ = newest.changed(), if wait == POLL => {}
                _ = stopped.changed() => {}
                () = tokio::time::sleep(wait) => self.follow().await,
            }
        }
    }

    /// Feeds the views until they have seen the whole log: for commands that run no server.
    pub async fn catch_up(&self) -> Result<()> {
        while self.step().await? {}
        Ok(())
    }

    /// Takes one batch; false when there was none.
    async fn step(&self) -> Result<bool> {
        let mut folder = self.inner.folder.lock().await;
        let parts = self.parts()?;
        let Some(from) = parts.iter().map(|part| part.generation.checkpoint()).min() else {
            return Ok(false);
        };
        let limit = parts
            .iter()
            .map(|part| part.generation.checkpoint())
            .filter(|at| *at > from)
            .min()
            .unwrap_or(u64::MAX);
        let batch = read_batch(self.inner.log.as_ref(), from, limit).await?;
        let Some(to) = batch.last().map(|event| event.position) else {
            clear_traces(&parts).await?;
            return Ok(false);
        };
        let erasing = batch.iter().any(|event| event.kind == "DraftDeleted");
        let parts: Vec<Part> = parts
            .into_iter()
            .filter(|part| part.generation.checkpoint() == from)
            .collect();
        let targets: Vec<Target> = parts
            .iter()
            .map(|part| part.model.target(part.generation.parked()))
            .collect();
        let changes = folder.pass(batch, &targets).await?;
        let written = parts
            .iter()
            .zip(changes)
            .map(|(part, changes)| feed(part, from, to, changes, erasing));
        join_all(written)
            .await
            .into_iter()
            .collect::<Result<Vec<()>>>()?;
        clear_traces(&parts).await?;
        Ok(true)
    }

    fn parts(&self) -> Result<Vec<Part>> {
        let models = self.inner.models.iter();
        models
            .map(|model| {
                Ok(Part {
                    model: model.clone(),
                    generation: model.live()?,
                })
            })
            .collect()
    }

    /// Turns to generations that another process made live.
    async fn follow(&self) {
        for model in &self.inner.models {
            if let Err(error) = self.follow_one(model).await {
                tracing::warn!(%error, view = model.name, "the registry of views could not be followed");
            }
        }
    }

    async fn follow_one(&self, model: &Arc<Model>) -> Result<()> {
        let paused = self.inner.folder.lock().await;
        let entry = self
            .inner
            .registry
            .live(model.name, &model.fingerprint)
            .await?;
        let present = model.live()?;
        if entry.is_none_or(|entry| entry.number == present.number) {
            return Ok(());
        }
        if let Some(generation) = self.open_live(model).await? {
            let generation = Arc::new(generation);
            self.draw_level(model, &generation, &paused).await?;
            point_to(model, generation);
        }
        Ok(())
    }

    /// Brings a generation to where the present one stands. Nothing else is fed meanwhile, so that
    /// no answer goes back in time when it is switched to.
    pub(crate) async fn draw_level(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        _paused: &MutexGuard<'_, Folder>,
    ) -> Result<()> {
        let seen = model.seen.borrow().position;
        self.advance(model, generation, seen).await
    }

    /// Feeds one generation alone, to exactly a position or as far as the log goes.
    pub(crate) async fn advance(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        to: u64,
    ) -> Result<()> {
        let mut folder = Folder::new(self.inner.log.clone(), self.inner.source.clone(), BATCH);
        let part = Part {
            model: model.clone(),
            generation: generation.clone(),
        };
        while generation.checkpoint() < to {
            let from = generation.checkpoint();
            let batch = read_batch(self.inner.log.as_ref(), from, to).await?;
            let Some(end) = batch.last().map(|event| event.position) else {
                break;
            };
            let erasing = batch.iter().any(|event| event.kind == "DraftDeleted");
            let changes = folder
                .pass(batch, &[model.target(generation.parked())])
                .await?;
            for changes in changes {
                write(&part, from, end, changes, erasing).await?;
            }
        }
        clear_traces(&[part]).await
    }
}

async fn read_batch(
    log: &dyn Log,
    from: u64,
    to: u64,
) -> std::result::Result<Vec<Recorded>, SourceError> {
    let mut batch = log.read_all(from, BATCH).await?;
    batch.retain(|event| event.position <= to);
    Ok(batch)
}

async fn feed(part: &Part, from: u64, to: u64, changes: Changes, erasing: bool) -> Result<()> {
    write(part, from, to, changes, erasing).await?;
    part.model.saw(part.generation.checkpoint());
    Ok(())
}

async fn write(part: &Part, from: u64, to: u64, changes: Changes, erasing: bool) -> Result<()> {
    let generation = &part.generation;
    let parked = changes.parked.clone();
    match generation.container.apply(from, to, changes).await? {
        Applied::Done => {
            generation.park(&parked);
            generation.moved_to(to);
            generation.erased.fetch_or(erasing, Ordering::AcqRel);
            Ok(())
        }
        Applied::Moved => generation.reload().await,
    }
}

/// Leaves nothing of what was erased in the write-ahead logs. A reader in the way is asked again
/// with the next batch or poll.
async fn clear_traces(parts: &[Part]) -> Result<()> {
    for part in parts
        .iter()
        .filter(|part| part.generation.erased.load(Ordering::Acquire))
    {
        if part.generation.container.truncate().await? {
            part.generation.erased.store(false, Ordering::Release);
        }
    }
    Ok(())
}

/// Lets another generation answer; the file of the one before goes with its last query.
pub(crate) fn point_to(model: &Model, generation: Arc<Generation>) {
    if let Some(before) = model.point_to(generation) {
        before.retire();
    }
}
