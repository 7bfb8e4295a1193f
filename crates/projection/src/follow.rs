//! What other processes did: generations they made live, and how far they have fed them.

use crate::container::Result;
use crate::error::ViewError;
use crate::generation::Generation;
use crate::home::Home;
use crate::model::Model;
use crate::views::Views;
use std::sync::Arc;

impl Views {
    /// Turns to generations that another process made live.
    pub(crate) async fn follow(&self) {
        let entries = match self.inner.registry.entries().await {
            Ok(entries) => entries,
            Err(error) => {
                self.inner
                    .trouble(&error, "the registry of views could not be read");
                return;
            }
        };
        self.inner.no_trouble();
        for model in &self.inner.models {
            let newest = entries
                .iter()
                .rfind(|entry| entry.answers(model.name, &model.fingerprint));
            let present = model.live().map(|generation| generation.number);
            let followed = match newest {
                Some(newest) if Ok(newest.number) == present => Ok(()),
                Some(_) => self.follow_one(model).await,
                None => self.restore(model).await,
            };
            if let Err(error) = followed {
                tracing::warn!(%error, view = model.name, "the view that replaced this one could not be opened");
            }
        }
        for model in &self.inner.models {
            if let Err(error) = self.look_at_kept(model, &entries).await {
                tracing::debug!(%error, view = model.name, "what is kept of the view could not be looked at");
            }
        }
    }

    /// Builds a view whose generation was cleaned away by nodes of another version, because the
    /// database had forgotten that this node uses it. Files know better.
    async fn restore(&self, model: &Arc<Model>) -> Result<()> {
        match self.inner.home {
            Home::Folder(_) => Ok(()),
            Home::Database(_) => self
                .build(vec![Arc::clone(model)], &|_| {})
                .await
                .map(|_| ()),
        }
    }

    /// Reads how far other nodes have fed the generations, and what they have parked.
    pub(crate) async fn look(&self) {
        match self.try_look().await {
            Ok(()) => {}
            Err(ViewError::Dropped(_)) => self.follow().await,
            Err(error) => {
                self.inner
                    .trouble(&error, "the views could not be looked at");
                self.inner.home.seek().await;
            }
        }
    }

    async fn try_look(&self) -> Result<()> {
        let Home::Database(server) = &self.inner.home else {
            return Ok(());
        };
        // A batch of our own must not be told by what stood before it.
        let _paused = self.inner.folder.lock().await;
        let mut lives = Vec::new();
        for model in &self.inner.models {
            lives.push((model, model.live()?));
        }
        let names: Vec<(&str, u32)> = lives
            .iter()
            .map(|(model, generation)| (model.name, generation.number))
            .collect();
        let looked = server.look(&names).await?;
        for ((model, generation), (position, parked)) in lives.into_iter().zip(looked) {
            generation
                .looked_at(position.unsigned_abs(), parked)
                .await?;
            model.saw(generation.checkpoint());
        }
        Ok(())
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
            self.turn_to(model, generation).await?;
        }
        Ok(())
    }

    /// Lets another generation answer. The one before is kept if the registry says so; else what it
    /// lies in goes with its last query.
    pub(crate) async fn turn_to(&self, model: &Model, generation: Arc<Generation>) -> Result<()> {
        if let Some(before) = model.point_to(generation)
            && let Some(earlier) = model.keep(before)
        {
            self.release(model, earlier).await;
        }
        self.inner.leases.poke.notify_one();
        let entries = self.inner.registry.entries().await?;
        self.follow_kept(model, &entries).await
    }
}
