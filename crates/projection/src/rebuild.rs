//! A generation built anew: bulk replay, catch-up, gate, switch.

mod replay;
mod report;

pub use report::{Gate, Pace, Plan, Progress, Rebuild, Rebuilt, Refused};

use crate::container::{Differences, Result, TableSum, sums_of};
use crate::error::ViewError;
use crate::generation::Generation;
use crate::home::Claim;
use crate::live::Whose;
use crate::model::Model;
use crate::views::Views;
use replay::{Claimed, Replayed};
use std::sync::Arc;

/// How often old and new are compared before a difference is one.
const MEETINGS: usize = 4;
/// Events a second to expect before anything was measured.
const RATE: u64 = 100_000;

/// Names and numbers of generations that a rebuild has begun.
type Begun = Vec<(&'static str, u32)>;

/// Old and new at one position.
struct Met {
    position: u64,
    old: Vec<TableSum>,
    new: Vec<TableSum>,
    differences: Vec<String>,
    /// The rows that differ, where any does.
    rows: Differences,
}

impl Views {
    /// What a rebuild of these views would take.
    pub async fn plan(&self, names: &[&str]) -> Result<Plan> {
        let events = self.inner.log.head().await?.position;
        let entries = self.inner.registry.entries().await?;
        let rates = entries
            .iter()
            .filter(|entry| names.contains(&entry.name.as_str()) && entry.rate > 0);
        let measured = rates.map(|entry| entry.rate).min();
        let rate = measured.unwrap_or(RATE);
        let mut bytes = 0;
        for name in names {
            let model = self.model(name)?;
            let newest = match model.live() {
                Ok(live) => Some(live.number),
                Err(_) => self.meaning_before(model).await?.map(|entry| entry.number),
            };
            if let Some(number) = newest {
                bytes += self.inner.home.bytes(name, number).await?;
            }
        }
        Ok(Plan {
            events,
            rate,
            measured: measured.is_some(),
            eta_seconds: events.div_ceil(rate),
            bytes,
        })
    }

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
            let mut compared = Vec::new();
            for (model, generation) in built {
                let met = self.compare(&model, &generation).await?;
                compared.push((model, generation, met));
            }
            pass(how.gate, &compared)?;
            let mut rebuilt = Vec::new();
            for (model, generation, met) in compared {
                rebuilt.push(self.take_over(&model, generation, met, replayed).await?);
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
        progress: &(dyn Fn(Progress) + Sync),
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
                    Some(claimed) => ours.push(claimed),
                    None => theirs.push(model),
                }
            }
            if ours.is_empty() {
                return Ok(theirs);
            }
            let (built, replayed) = self
                .replay(ours, up_to, Rebuild::default(), progress)
                .await?;
            for (model, generation) in built {
                self.tell_change(&model, &generation).await;
                self.advance(&model, &generation, u64::MAX).await?;
                self.switch(&model, generation, replayed).await?;
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
            self.inner.registry.leave(name, number).await;
            match self.inner.registry.forget_unfinished(name, number).await {
                Ok(false) => {}
                Ok(true) => _ = self.inner.home.remove_unused(name, number).await,
                Err(error) => {
                    tracing::warn!(%error, "a build that failed stays in the registry until the next start");
                }
            }
        }
        result
    }

    /// Compares with the live generation at one common position, a few times if need be.
    async fn compare(&self, model: &Arc<Model>, generation: &Arc<Generation>) -> Result<Met> {
        let live = model.live()?;
        let mut met = self.meet(model, generation, &live).await?;
        for _ in 1..MEETINGS {
            if met.differences.is_empty() {
                break;
            }
            // What was erased behind the moment is gone from one and not yet from the other.
            self.move_on(model, &live).await?;
            met = self.meet(model, generation, &live).await?;
        }
        Ok(met)
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
            position: met.position,
            old: met.old,
            new: met.new,
            differences: met.differences,
            rows: met.rows,
        })
    }

    /// Holds one moment of the live generation, brings the new one to exactly its position, and
    /// compares.
    async fn meet(
        &self,
        model: &Arc<Model>,
        generation: &Arc<Generation>,
        live: &Generation,
    ) -> Result<Met> {
        let mut moment = live.container.moment().await?;
        let position = moment.position;
        self.advance(model, generation, position).await?;
        let old = sums_of(&mut moment.handle(), &model.tables).await?;
        let new = generation.container.sums().await?;
        let differences = differences(&old, &new);
        let rows = match differences.is_empty() {
            true => Differences::default(),
            false => {
                generation
                    .container
                    .compare_with(&mut moment.handle())
                    .await?
            }
        };
        Ok(Met {
            position,
            differences,
            rows,
            old,
            new,
        })
    }

    /// Brings the live generation to the head of the log, and folds again what it has parked: a
    /// stream that can be read by now is no difference.
    async fn move_on(&self, model: &Model, live: &Generation) -> Result<()> {
        let head = self.inner.log.head().await?.position;
        while live.container.checkpoint().await? < head && self.step(Whose::All).await? {}
        for parked in live.container.parked().await? {
            self.retry(model.name, &parked.stream).await?;
        }
        Ok(())
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
        let rate = (replayed.positions as f64 / replayed.seconds.max(0.001)) as u64;
        let old = self
            .inner
            .registry
            .switch(
                model.name,
                &model.fingerprint,
                generation.number,
                rate,
                !self.inner.keep.is_zero(),
            )
            .await?;
        docket_store::failpoint!("rebuild.switched");
        generation.settled().await;
        let number = generation.number;
        self.turn_to(model, generation).await?;
        drop(paused);
        self.inner.home.publish(model.name, number).await;
        self.inner.home.remove_replaced(model.name, &old).await;
        if let Err(error) = self.inner.home.remove_gone(&self.inner.registry).await {
            tracing::debug!(%error, "replaced generations stay for now");
        }
        Ok(())
    }
}

/// Lets all views pass or none: under a strict gate a difference in one keeps every other from
/// being switched too.
fn pass(gate: Gate, compared: &[(Arc<Model>, Arc<Generation>, Met)]) -> Result<()> {
    let different = compared
        .iter()
        .filter(|(_, _, met)| !met.differences.is_empty());
    let refused: Vec<Refused> = different
        .map(|(model, generation, met)| Refused {
            name: model.name.to_owned(),
            switched: false,
            generation: generation.number,
            differences: met.differences.clone(),
            rows: met.rows.clone(),
        })
        .collect();
    match gate == Gate::Strict && !refused.is_empty() {
        true => Err(ViewError::Different(refused)),
        false => Ok(()),
    }
}

fn differences(old: &[TableSum], new: &[TableSum]) -> Vec<String> {
    old.iter()
        .zip(new)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| match old.rows == new.rows {
            true => format!(
                "{}: {} rows each, but their contents differ",
                old.table, old.rows
            ),
            false => format!("{}: {} rows before, {} now", old.table, old.rows, new.rows),
        })
        .collect()
}
