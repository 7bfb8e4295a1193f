//! The live runner: batches from the log, rows and checkpoint in one transaction.

use crate::container::{Applied, Result};
use crate::error::ViewError;
use crate::fold::{Changes, Folder, Target, erases};
use crate::generation::Generation;
use crate::mark::Mark;
use crate::model::Model;
use crate::source::SourceError;
use crate::views::Views;
use docket_store::{Log, Recorded};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{MutexGuard, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Events of one batch.
const BATCH: usize = 1_024;
/// How often the log and the registry are looked at without being woken.
const POLL: Duration = Duration::from_millis(250);
/// The wait after the log could not be read.
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
        let mut followed = Instant::now();
        while !*stopped.borrow() {
            newest.mark_unchanged();
            if followed.elapsed() >= POLL {
                self.follow().await;
                followed = Instant::now();
            }
            let wait = match self.step().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "the views could not be fed");
                    if let ViewError::TooOld { .. } = &error {
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
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Feeds the views until they have seen the whole log: for commands that run no server.
    pub async fn catch_up(&self) -> Result<()> {
        let models = &self.inner.models;
        models.iter().for_each(|model| model.wake());
        while self.step().await? {}
        match models.iter().find_map(|model| model.failure()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Takes one batch for each place at which views stand; false when there was none. A view that
    /// lags, or that cannot be written, keeps no other from its own next batch.
    pub(crate) async fn step(&self) -> Result<bool> {
        let mut folder = self.inner.folder.lock().await;
        let mut places: BTreeMap<u64, Vec<Part>> = BTreeMap::new();
        for part in self.parts()? {
            let at = part.generation.checkpoint();
            places.entry(at).or_default().push(part);
        }
        let ends: Vec<u64> = places.keys().skip(1).copied().chain([u64::MAX]).collect();
        let mut moved = false;
        for ((from, parts), to) in places.into_iter().zip(ends) {
            moved |= self.feed(&mut folder, from, to, &parts).await?;
        }
        Ok(moved)
    }

    /// Takes one batch for views that stand at the same place.
    async fn feed(&self, folder: &mut Folder, from: u64, to: u64, parts: &[Part]) -> Result<bool> {
        let batch = Batch::read(self.inner.log.as_ref(), from, to).await?;
        let Some(batch) = batch else {
            for part in parts {
                part.generation.container.clear_traces().await;
            }
            return Ok(false);
        };
        let targets: Vec<Target> = parts.iter().map(Part::target).collect();
        let changes = match folder.pass(batch.events, &targets).await {
            Ok(changes) => changes,
            Err(error @ SourceError::TooOld { .. }) => return Err(error.into()),
            Err(error) => {
                for part in parts {
                    part.model.fail(error.clone().into());
                }
                return Ok(false);
            }
        };
        let written = parts.iter().zip(changes).map(|(part, changes)| async move {
            match write(part, from, batch.end, changes, batch.erasing).await {
                Ok(()) => {
                    part.model.recover();
                    part.model.saw(part.generation.checkpoint());
                    true
                }
                Err(error) => {
                    part.model.fail(error);
                    false
                }
            }
        });
        Ok(join_all(written).await.contains(&true))
    }

    /// The views that may be fed now.
    fn parts(&self) -> Result<Vec<Part>> {
        let models = self.inner.models.iter().filter(|model| !model.rests());
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
        let entries = match self.inner.registry.entries().await {
            Ok(entries) => entries,
            Err(error) => {
                tracing::warn!(%error, "the registry of views could not be read");
                return;
            }
        };
        for model in &self.inner.models {
            let newest = entries
                .iter()
                .rfind(|entry| entry.answers(model.name, &model.fingerprint));
            let present = model.live().map(|generation| generation.number);
            if newest.is_none_or(|newest| Ok(newest.number) == present) {
                continue;
            }
            if let Err(error) = self.follow_one(model).await {
                tracing::warn!(%error, view = model.name, "the view that replaced this one could not be opened");
            }
        }
    }

    /// Turns to the generation that answers for a view by now.
    pub(crate) async fn follow_one(&self, model: &Arc<Model>) -> Result<()> {
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
            self.turn_to(model, generation).await;
        }
        Ok(())
    }

    /// Lets another generation answer; what the one before lies in goes with its last query.
    pub(crate) async fn turn_to(&self, model: &Model, generation: Arc<Generation>) {
        if let Some(before) = model.point_to(generation) {
            before.retire();
            self.inner.registry.leave(model.name, before.number).await;
        }
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
            let batch = Batch::read(self.inner.log.as_ref(), from, to).await?;
            let Some(batch) = batch else { break };
            let changes = folder.pass(batch.events, &[part.target()]).await?;
            for changes in changes {
                write(&part, from, batch.end, changes, batch.erasing).await?;
            }
        }
        generation.container.clear_traces().await;
        Ok(())
    }
}

impl Part {
    fn target(&self) -> Target {
        self.model.target(self.generation.parked())
    }
}

/// The next events of the log.
struct Batch {
    events: Vec<Recorded>,
    /// The place of the last one.
    end: Mark,
    /// Whether one of them erases something.
    erasing: bool,
}

impl Batch {
    async fn read(
        log: &dyn Log,
        from: u64,
        to: u64,
    ) -> std::result::Result<Option<Batch>, SourceError> {
        let mut events = log.read_all(from, BATCH).await?;
        events.retain(|event| event.position <= to);
        Ok(events.last().map(Mark::of).map(|end| Batch {
            end,
            erasing: events.iter().any(|event| erases(&event.kind)),
            events,
        }))
    }
}

async fn write(part: &Part, from: u64, to: Mark, changes: Changes, erasing: bool) -> Result<()> {
    let generation = &part.generation;
    let parked = changes.parked.clone();
    match generation.container.apply(from, to, changes).await? {
        Applied::Done => {
            generation.park(&parked);
            generation.moved_to(to.position);
        }
        Applied::Moved => generation.reload().await?,
    }
    // Also where another process wrote the batch: it may be gone before the traces are.
    if erasing {
        generation.container.note_traces();
    }
    generation.container.clear_traces().await;
    Ok(())
}
