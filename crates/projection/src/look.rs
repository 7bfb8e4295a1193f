//! Opening the views without building any.

use crate::container::Result;
use crate::home::Home;
use crate::views::{Config, Unbuilt, Views, others};

impl Views {
    /// Opens what there is, removes nothing and builds nothing: to look at. See
    /// [`Views::unbuilt`].
    pub async fn attach_only(config: Config) -> Result<Views> {
        let views = Views::prepare(config).await?;
        views.attach(views.inner.models.clone()).await?;
        let entries = views.inner.registry.entries().await?;
        for model in &views.inner.models {
            views.follow_kept(model, &entries).await?;
        }
        Ok(views)
    }

    /// As [`Views::attach_only`], and makes nothing: no folder, no file, no schema and no row, also
    /// where there are no views yet. Whoever looks need not be who serves.
    pub async fn open_to_look(config: Config) -> Result<Views> {
        let (home, registry) =
            Home::open_to_look(&config.place, config.log.id(), config.incarnation).await?;
        let views = Views::on(home, registry, config, true);
        views.attach(views.inner.models.clone()).await?;
        let entries = views.inner.registry.entries().await?;
        for model in &views.inner.models {
            views.follow_kept(model, &entries).await?;
        }
        Ok(views)
    }

    /// Views that have no generation of the meaning that this version of Docket gives them, with
    /// the generations of other versions. [`Views::open`] builds them.
    pub async fn unbuilt(&self) -> Result<Vec<Unbuilt>> {
        let entries = self.inner.registry.entries().await?;
        let models = self.inner.models.iter();
        let missing = models.filter(|model| model.live().is_err());
        Ok(missing
            .map(|model| Unbuilt {
                name: model.name.to_owned(),
                fingerprint: model.fingerprint.clone(),
                others: others(model, &entries),
            })
            .collect())
    }
}
