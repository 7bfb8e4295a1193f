//! A generation built anew: bulk replay, catch-up, gate, switch.

mod gate;
mod plan;
mod replay;
mod report;

pub use plan::Plan;
pub use report::{Gate, Pace, Rebuild, Rebuilt, Refused};

use crate::container::Result;
use crate::generation::Generation;
use crate::home::Claim;
use crate::model::Model;
use crate::progress::{Phase, Progress, Stage, Tell, per_second};
use crate::registry::Pass;
use crate::views::Views;
use gate::{Met, pass};
use replay::{Claimed, Replayed};
use std::sync::Arc;

/// A view and its new generation.
type Built = (Arc<Model>, Arc<Generation>);

/// Names and numbers of generations that a rebuild has begun.
type Begun = Vec<(&'static str, u32)>;

impl Views {
    /// Builds new generations of these views in one pass, compares them with the live ones and lets
    /// them answer. The live ones answer all along.
    ///
    /// # Errors
    /// [`ViewError::Different`] under [`Gate::Strict`]; nothing is switched then.
    pub async fn rebuild(
        &self,
        names: &[&str],
        how: impl Into<Rebuild>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<Rebuilt>> {
        let how = how.into();
        let models: Vec<Arc<Model>> = names
            .iter()
            .map(|name| self.model(name).cloned())
            .collect::<Result<_>>()?;
        let mut up_to = self.inner.log.head().await?.position;
        for model in &models {
            up_to = up_to.min(model.live()?.container.checkpoint().await?);
        }
        let mut begun = Begun::new();
        let rebuilt = async {
            let mut claimed = Vec::new();
            for model in models {
                claimed.extend(self.claim(model, false, &mut begun).await?);
            }
            docket_store::failpoint!("rebuild.claimed");
            let (built, replayed) = self.replay(claimed, up_to, how, progress).await?;
            docket_store::failpoint!("rebuild.replayed");
            self.catch_up_with_live(&built, progress).await?;
            let compared = self.compare_all(built, progress).await?;
            pass(how.gate, &compared)?;
            let stage = Stage::begin(Phase::Switching, compared.len() as u64, progress);
            let mut rebuilt = Vec::new();
            for (model, generation, met) in compared {
                rebuilt.push(self.take_over(&model, generation, met, replayed).await?);
                stage.add(1);
            }
            Ok(rebuilt)
        };
        let rebuilt = rebuilt.await;
        self.end(begun, rebuilt).await
    }

    /// Builds views that have no generation yet; those that another node builds already are handed
    /// back.
    pub(crate) async fn build(
        &self,
        models: Vec<Arc<Model>>,
        progress: Tell<'_>,
    ) -> Result<Vec<Arc<Model>>> {
        let head = self.inner.log.head().await?.position;
        let mut up_to = head;
        for model in &models {
            let meeting = self.meeting_place(model, head).await?;
            up_to = up_to.min(meeting.unwrap_or(head));
        }
        let mut begun = Begun::new();
        let built = async {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for model in models {
                match self.claim(model.clone(), true, &mut begun).await? {
                    Some(claimed) => {
                        self.tell_meaning(&model).await?;
                        ours.push(claimed);
                    }
                    None => theirs.push(model),
                }
            }
            if ours.is_empty() {
                return Ok(theirs);
            }
            let (built, replayed) = self
                .replay(ours, up_to, Rebuild::default(), progress)
                .await?;
            for (model, generation) in &built {
                self.tell_change(model, generation, progress).await;
            }
            let head = self.inner.log.head().await?.position;
            self.bring(built.iter().map(|built| (built, head)).collect(), progress)
                .await?;
            let stage = Stage::begin(Phase::Switching, built.len() as u64, progress);
            for (model, generation) in built {
                self.switch(&model, generation, replayed).await?;
                stage.add(1);
            }
            Ok(theirs)
        };
        let built = built.await;
        self.end(begun, built).await
    }

    /// Takes the next number of a view, unless another node builds it and it may be left to that.
    async fn claim(
        &self,
        model: Arc<Model>,
        leave: bool,
        begun: &mut Begun,
    ) -> Result<Option<Claimed>> {
        let inner = &self.inner;
        match inner.home.claim(&inner.registry, &model, leave).await? {
            Claim::Theirs => Ok(None),
            Claim::Ours(number, ticket) => {
                begun.push((model.name, number));
                Ok(Some((model, number, ticket)))
            }
        }
    }

    /// After a failure, removes every generation that was begun and does not answer.
    async fn end<T>(&self, begun: Begun, result: Result<T>) -> Result<T> {
        if result.is_ok() {
            return result;
        }
        for (name, number) in begun {
            if let Err(error) = self.abandon(name, number).await {
                tracing::warn!(%error, "a build that failed stays in the registry until the next start");
            }
        }
        result
    }

    /// Forgets and removes a generation, unless it came to answer and is in use.
    async fn abandon(&self, name: &str, number: u32) -> Result<()> {
        let (home, registry) = (&self.inner.home, &self.inner.registry);
        if registry.forget_unfinished(name, number).await? {
            registry.leave(name, number).await;
            home.remove_unused(registry, name, number).await?;
        }
        Ok(())
    }

    /// Brings new generations to where the live ones stand by now: the moment at which the two are
    /// compared is held no longer than the comparison takes.
    async fn catch_up_with_live(&self, built: &[Built], progress: Tell<'_>) -> Result<()> {
        let mut places = Vec::new();
        for part in built {
            let live = part.0.live()?;
            places.push((part, live.container.checkpoint().await?));
        }
        self.bring(places, progress).await
    }

    /// Brings new generations to their places in the log.
    async fn bring(&self, places: Vec<(&Built, u64)>, progress: Tell<'_>) -> Result<()> {
        let left = places.iter();
        let left = left.map(|((_, generation), to)| to.saturating_sub(generation.checkpoint()));
        let stage = Stage::begin(Phase::CatchingUp, left.sum(), progress);
        for ((model, generation), to) in places {
            self.advance(model, generation, to, &|events| stage.add(events))
                .await?;
        }
        Ok(())
    }

    /// Lets a generation that was compared answer.
    async fn take_over(
        &self,
        model: &Arc<Model>,
        generation: Arc<Generation>,
        met: Met,
        replayed: Replayed,
    ) -> Result<Rebuilt> {
        let (before, number) = (model.live()?.number, generation.number);
        self.switch(model, generation, replayed).await?;
        Ok(Rebuilt {
            name: model.name.to_owned(),
            switched: true,
            before: Some(before),
            generation: number,
            events: replayed.events,
            seconds: replayed.seconds,
            comparison_seconds: met.seconds,
            position: met.position,
            old: met.old,
            new: met.new,
            differences: met.differences,
            rows: met.rows,
        })
    }

    /// The registry points to the new generation, and so does this process.
    async fn switch(
        &self,
        model: &Arc<Model>,
        generation: Arc<Generation>,
        replayed: Replayed,
    ) -> Result<()> {
        let paused = self.inner.folder.lock().await;
        self.draw_level(model, &generation, &paused).await?;
        docket_store::failpoint!("rebuild.switching");
        let built = Pass {
            positions: replayed.positions,
            rate: per_second(replayed.positions, replayed.seconds),
        };
        let old = self
            .inner
            .registry
            .switch(
                model.name,
                &model.fingerprint,
                generation.number,
                built,
                !self.inner.keep.is_zero(),
            )
            .await?;
        docket_store::failpoint!("rebuild.switched");
        generation.settled().await;
        self.turn_to(model, generation).await?;
        drop(paused);
        let (home, registry) = (&self.inner.home, &self.inner.registry);
        home.publish(registry, model.name).await;
        home.remove_replaced(model.name, &old);
        if let Err(error) = home.remove_gone(registry).await {
            tracing::debug!(%error, "replaced generations stay for now");
        }
        Ok(())
    }
}
