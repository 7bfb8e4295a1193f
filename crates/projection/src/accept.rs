//! Which generations may answer for the log that is open.

use crate::container::Result;
use crate::error::ViewError;
use crate::generation::Generation;
use crate::home::Home;
use crate::model::Model;
use crate::views::Views;

impl Views {
    /// Takes a generation that was opened, or forgets it: it must be readable, and what it has seen
    /// must stand in the log, unless an operator has accepted since that the log lost it.
    pub(crate) async fn accept(
        &self,
        model: &Model,
        number: u32,
        opened: Result<Generation>,
    ) -> Result<Option<Generation>> {
        let registry = &self.inner.registry;
        let why = match opened {
            Err(error) if self.is_unreadable(&error) => error.to_string(),
            Err(error) => return Err(error),
            Ok(generation) => {
                let mark = generation.container.mark().await?;
                if mark.stands_in(self.inner.log.as_ref()).await? {
                    if !self.inner.looks {
                        registry.stands(model.name, number).await?;
                    }
                    return Ok(Some(generation));
                }
                let position = mark.position;
                let entry = registry.entry(model.name, number).await?;
                let seen_in = entry.map_or(0, |entry| entry.incarnation);
                if seen_in >= registry.incarnation() {
                    registry.leave(model.name, number).await;
                    return Err(ViewError::Lost {
                        view: model.name.to_owned(),
                        generation: number,
                        position,
                    });
                }
                generation.retire();
                registry.leave(model.name, number).await;
                format!("it has seen position {position} of what the log lost, which was accepted")
            }
        };
        if self.inner.looks {
            tracing::warn!(
                why,
                view = model.name,
                generation = number,
                "the view is of no use"
            );
            return Ok(None);
        }
        tracing::warn!(
            why,
            view = model.name,
            generation = number,
            "the view is built anew"
        );
        registry.forget(model.name, number).await?;
        Ok(None)
    }

    /// Whether a generation is of no use to anybody. A file that cannot be opened is; of a schema
    /// that this node alone may not read others make use.
    fn is_unreadable(&self, error: &ViewError) -> bool {
        match error {
            ViewError::Dropped(_) | ViewError::Unreadable { .. } => true,
            ViewError::Backend(_) => matches!(self.inner.home, Home::Folder(_)),
            _ => false,
        }
    }
}
