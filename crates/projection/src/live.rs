//! Feeding: batches from the log, rows and checkpoint in one transaction.

use crate::container::{Applied, Result};
use crate::error::ViewError;
use crate::fold::{Changes, Folder, Target};
use crate::generation::Generation;
use crate::mark::Mark;
use crate::model::Model;
use crate::progress::{Phase, Progress, Stage, Told};
use crate::source::SourceError;
use crate::views::Views;
use docket_codec::erases;
use docket_store::{Log, Recorded};
use futures::future::join_all;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::MutexGuard;

/// Events of one batch.
const BATCH: usize = 1_024;
/// Which views are fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Those whose lease this node holds.
    Led,
    /// Every one; the checkpoint keeps two from writing the same.
    All,
}

/// A view taking part in a batch.
struct Part {
    model: Arc<Model>,
    generation: Arc<Generation>,
    /// Whether it answers; one that is kept is fed beside it and disturbs nobody when it fails.
    answers: bool,
}

impl Views {
    /// Feeds the views until they have seen what the log holds now: for commands that run no server.
    /// What is appended meanwhile is left to whoever feeds the views, so that a busy log keeps no
    /// command from its work.
    pub async fn catch_up(&self) -> Result<()> {
        self.catch_up_telling(&|_| {}).await
    }

    /// As [`Views::catch_up`], and tells how far it has come.
    pub async fn catch_up_telling(&self, progress: &(dyn Fn(Progress) + Sync)) -> Result<()> {
        let models = &self.inner.models;
        models.iter().for_each(|model| model.wake());
        let head = self.inner.log.head().await?.position;
        let total = self.left_until(head)?;
        let stage = Stage::begin(Phase::CatchingUp, total, progress);
        // One step at the least: it also clears the traces of what was erased.
        while self.step(Whose::All).await? {
            let left = self.left_until(head)?;
            stage.at(total.saturating_sub(left));
            if left == 0 {
                break;
            }
        }
        match models.iter().find_map(|model| model.failure()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Positions that all views together have yet to see until they stand at one.
    fn left_until(&self, position: u64) -> Result<u64> {
        let models = self.inner.models.iter();
        let left = models.map(|model| Ok(position.saturating_sub(model.live()?.checkpoint())));
        left.sum()
    }

    /// Takes one batch for each place at which views stand; false when there was none. A view that
    /// lags, or that cannot be written, keeps no other from its own next batch.
    pub(crate) async fn step(&self, whose: Whose) -> Result<bool> {
        let mut folder = self.inner.folder.lock().await;
        let mut places: BTreeMap<u64, Vec<Part>> = BTreeMap::new();
        for part in self.parts(whose).await? {
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
                part.fed();
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
                    part.fail(error.clone().into());
                }
                return Ok(false);
            }
        };
        docket_store::failpoint!("views.folded");
        let changes = changes.into_iter().zip(&targets);
        let written = parts
            .iter()
            .zip(changes)
            .map(|(part, (changes, target))| async move {
                let parked = target.parked.len();
                match write(part, from, batch.end, changes, parked, batch.erasing).await {
                    Ok(()) => {
                        part.fed();
                        true
                    }
                    Err(error) => {
                        part.fail(error);
                        false
                    }
                }
            });
        Ok(join_all(written).await.contains(&true))
    }

    /// The views that may be fed now.
    async fn parts(&self, whose: Whose) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        for model in &self.inner.models {
            let generation = model.live()?;
            if whose == Whose::Led && !self.inner.leases.holds(&model.lease) {
                model.led(None);
                model.recover();
                continue;
            }
            if model.rests() {
                continue;
            }
            if whose == Whose::Led && !self.leads_now(model, &generation).await {
                continue;
            }
            let kept = model.kept_to_feed().map(|generation| Part {
                model: model.clone(),
                generation,
                answers: false,
            });
            parts.push(Part {
                model: model.clone(),
                generation,
                answers: true,
            });
            parts.extend(kept);
        }
        Ok(parts)
    }

    /// Whether this node, which has the lease of a view, can feed it. What another one has written
    /// is read first.
    async fn leads_now(&self, model: &Model, generation: &Generation) -> bool {
        if model.led(Some(generation.number)) {
            return true;
        }
        if let Some(kept) = model.kept()
            && let Err(error) = kept.reload().await
        {
            tracing::debug!(%error, view = model.name, "what is kept of the view could not be looked at");
        }
        match generation.reload().await {
            Ok(()) => {
                model.saw(generation.checkpoint());
                true
            }
            Err(error) => {
                model.led(None);
                model.fail(error);
                false
            }
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
        self.advance(model, generation, seen, &|_| {}).await
    }

    /// Feeds one generation alone, to exactly a position or as far as the log goes.
    pub(crate) async fn advance(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        to: u64,
        told: Told<'_>,
    ) -> Result<()> {
        let mut folder = Folder::new(self.inner.log.clone(), self.inner.source.clone(), BATCH);
        let part = Part {
            model: model.clone(),
            generation: generation.clone(),
            answers: false,
        };
        while generation.checkpoint() < to {
            let from = generation.checkpoint();
            let batch = Batch::read(self.inner.log.as_ref(), from, to).await?;
            let Some(batch) = batch else { break };
            let target = part.target();
            let parked = target.parked.len();
            for changes in folder.pass(batch.events, &[target]).await? {
                write(&part, from, batch.end, changes, parked, batch.erasing).await?;
            }
            told(generation.checkpoint().saturating_sub(from));
        }
        generation.container.clear_traces().await;
        Ok(())
    }
}

impl Part {
    fn fed(&self) {
        if self.answers {
            self.model.recover();
            self.model.saw(self.generation.checkpoint());
        }
    }

    fn fail(&self, error: ViewError) {
        match self.answers {
            true => self.model.fail(error),
            false => {
                tracing::warn!(%error, view = self.model.name, "the generation that is kept could not be fed");
                self.model.rest_kept();
            }
        }
    }

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

async fn write(
    part: &Part,
    from: u64,
    to: Mark,
    changes: Changes,
    parked: usize,
    erasing: bool,
) -> Result<()> {
    let generation = &part.generation;
    let more = changes.parked.clone();
    match generation
        .container
        .apply(from, to, changes, parked)
        .await?
    {
        Applied::Done => {
            generation.park(&more);
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
