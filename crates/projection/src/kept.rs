//! The generation that was replaced last: kept for a while and fed on, so that it can answer again.

use crate::container::{Applied, Result};
use crate::error::ViewError;
use crate::fold::Folder;
use crate::generation::Generation;
use crate::model::Model;
use crate::progress::{Phase, Progress, Stage};
use crate::registry::Entry;
use crate::views::Views;
use std::sync::Arc;
use tokio::time::Instant;

/// A view that was put back to the generation before.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RolledBack {
    /// Its name.
    pub name: String,
    /// The generation that answered, and is kept now.
    pub before: u32,
    /// The generation that answers now.
    pub generation: u32,
    /// The position at which it took over.
    pub position: u64,
    /// Positions it was behind the other.
    pub behind: u64,
    /// Seconds until it had caught up and answered.
    pub seconds: f64,
}

/// A generation that was dropped before its time.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Dropped {
    /// Its view.
    pub name: String,
    /// Its number.
    pub generation: u32,
    /// What told its meaning from another's.
    pub fingerprint: String,
}

impl Views {
    /// Lets the generation that was replaced last answer again, and keeps the present one. It
    /// catches up first; the present one answers meanwhile.
    ///
    /// # Errors
    /// [`ViewError::NothingKept`]; then nothing changes.
    pub async fn roll_back(
        &self,
        name: &str,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<RolledBack> {
        let model = self.model(name)?;
        self.follow_one(model).await?;
        let entries = self.inner.registry.entries().await?;
        self.look_at_kept(model, &entries).await?;
        let kept = model
            .kept()
            .ok_or_else(|| ViewError::NothingKept(name.to_owned()))?;
        let began = Instant::now();
        kept.reload().await?;
        let before = model.live()?;
        let present = before.container.checkpoint().await?;
        let behind = present.saturating_sub(kept.checkpoint());
        let stage = Stage::begin(Phase::CatchingUp, behind, progress);
        self.advance(model, &kept, present, &|events| stage.add(events))
            .await?;
        let paused = self.inner.folder.lock().await;
        self.draw_level(model, &kept, &paused).await?;
        if model.kept().map(|kept| kept.number) != Some(kept.number) {
            return Err(ViewError::NothingKept(name.to_owned()));
        }
        docket_store::failpoint!("rollback.switching");
        self.inner
            .registry
            .switch_back(model.name, &model.fingerprint, kept.number)
            .await?;
        docket_store::failpoint!("rollback.switched");
        self.turn_to(model, kept.clone()).await?;
        drop(paused);
        let seconds = began.elapsed().as_secs_f64();
        self.inner
            .home
            .publish(&self.inner.registry, model.name)
            .await;
        Ok(RolledBack {
            name: model.name.to_owned(),
            before: before.number,
            generation: kept.number,
            position: kept.checkpoint(),
            behind,
            seconds,
        })
    }

    /// Drops what is kept of a view, and what other versions of Docket have left of it and nobody
    /// uses. A view that is not built yet is compared with what another version left: that stays.
    pub async fn drop_old(&self, name: &str) -> Result<Vec<Dropped>> {
        let model = self.model(name)?;
        let inner = &self.inner;
        let mut dropped = Vec::new();
        let entries = inner.registry.entries().await?;
        for entry in &entries {
            let answers = entry.answers(name, &model.fingerprint);
            if !entry.belongs_to(name) || answers || self.is_awaited(entry, &entries) {
                continue;
            }
            let gone = match entry.is_kept_for(name, &model.fingerprint) {
                true => inner.registry.forget_kept(name, entry.number).await?,
                false => self.drop_unused(entry).await?,
            };
            if gone {
                dropped.push(Dropped {
                    name: entry.name.clone(),
                    generation: entry.number,
                    fingerprint: entry.fingerprint.clone(),
                });
            }
        }
        self.look_at_kept(model, &inner.registry.entries().await?)
            .await?;
        let numbers: Vec<u32> = dropped.iter().map(|old| old.generation).collect();
        inner.home.remove_replaced(name, &numbers);
        inner.home.remove_gone(&inner.registry).await?;
        Ok(dropped)
    }

    /// Whether this node keeps what the registry says, and not longer than it should.
    fn keeps_right(&self, model: &Model, entries: &[Entry]) -> bool {
        let known = entries
            .iter()
            .rfind(|entry| entry.is_kept_for(model.name, &model.fingerprint));
        let over = model
            .kept_since()
            .is_some_and(|since| since.elapsed() >= self.inner.keep);
        !over && known.map(|entry| entry.number) == model.kept().map(|kept| kept.number)
    }

    /// As [`Views::follow_kept`], for whoever does not hold the fold: what was read a moment ago may
    /// be over by now.
    pub(crate) async fn look_at_kept(&self, model: &Model, entries: &[Entry]) -> Result<()> {
        if self.keeps_right(model, entries) {
            return Ok(());
        }
        let _paused = self.inner.folder.lock().await;
        let entries = self.inner.registry.entries().await?;
        self.follow_kept(model, &entries).await
    }

    /// Turns to what the registry says is kept of a view, and forgets it when its time is over.
    /// Nothing else is switched meanwhile.
    pub(crate) async fn follow_kept(&self, model: &Model, entries: &[Entry]) -> Result<()> {
        let known = entries
            .iter()
            .rfind(|entry| entry.is_kept_for(model.name, &model.fingerprint));
        let mut known = known.map(|entry| entry.number);
        let since = model.kept_since();
        if let (Some(number), Some(since)) = (known, since)
            && since.elapsed() >= self.inner.keep
        {
            if !self.inner.registry.forget_kept(model.name, number).await? {
                // It answers again: the next look finds it.
                return Ok(());
            }
            known = None;
        }
        if known == model.kept().map(|kept| kept.number) {
            return Ok(());
        }
        if let Some(former) = model.let_go() {
            self.release(model, former).await;
        }
        let Some(number) = known else { return Ok(()) };
        let opened = self
            .inner
            .home
            .generation(&self.inner.registry, model, number, None)
            .await;
        if let Some(kept) = self.accept(model, number, opened).await? {
            model.keep(Arc::new(kept));
        }
        Ok(())
    }

    /// This node uses a generation no more; what it lies in goes with its last query. One that
    /// answers stays in use.
    pub(crate) async fn release(&self, model: &Model, former: Arc<Generation>) {
        if model.live().is_ok_and(|live| live.number == former.number) {
            return;
        }
        former.retire();
        self.inner.registry.leave(model.name, former.number).await;
        self.inner.left.notify_one();
    }

    /// Folds a stream anew into a generation; false when it is parked still or somebody else was
    /// faster.
    pub(crate) async fn refold(
        &self,
        folder: &mut Folder,
        model: &Model,
        generation: &Generation,
        stream: &str,
    ) -> Result<bool> {
        generation.reload().await?;
        let at = generation.checkpoint();
        let target = model.target(Arc::default());
        let changes = folder
            .refold(stream, at, &[target])
            .await?
            .pop()
            .unwrap_or_default();
        if !changes.parked.is_empty() {
            return Ok(false);
        }
        let applied = generation.container.mend(at, stream, changes).await?;
        generation.reload().await?;
        Ok(applied == Applied::Done)
    }
}
