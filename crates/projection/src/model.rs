use crate::container::Result;
use crate::fingerprint::{History, fingerprint};
use crate::fold::Target;
use crate::generation::Generation;
use crate::projector::{Projector, categories};
use crate::table::Table;
use docket_domain::Category;
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::watch;

/// One view of this process: its projector and the generation that answers.
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) projector: Arc<dyn Projector>,
    pub(crate) tables: Arc<[Table]>,
    pub(crate) categories: Arc<BTreeSet<Category>>,
    pub(crate) fingerprint: String,
    live: RwLock<Option<Arc<Generation>>>,
    pub(crate) seen: watch::Sender<Seen>,
}

/// How far a view has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) position: u64,
    /// Why the projector stopped, if it did.
    pub(crate) stopped: Option<String>,
}

impl Model {
    pub(crate) fn new(projector: Arc<dyn Projector>, histories: &[History]) -> Model {
        Model {
            name: projector.name(),
            tables: projector.tables().into(),
            categories: Arc::new(categories(projector.as_ref())),
            fingerprint: fingerprint(projector.as_ref(), histories),
            projector,
            live: RwLock::new(None),
            seen: watch::Sender::new(Seen::default()),
        }
    }

    /// The generation that answers.
    pub(crate) fn live(&self) -> Result<Arc<Generation>> {
        let live = self
            .live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        live.ok_or_else(|| {
            crate::ViewError::Unavailable(format!("the view {} is not built yet", self.name))
        })
    }

    /// Lets another generation answer and hands back the one before.
    pub(crate) fn point_to(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        let position = generation.checkpoint();
        let before = self
            .live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(generation);
        self.saw(position);
        before
    }

    /// Lets nothing answer any more.
    pub(crate) fn clear(&self) -> Option<Arc<Generation>> {
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    pub(crate) fn saw(&self, position: u64) {
        self.seen.send_if_modified(|seen| {
            let further = position > seen.position;
            seen.position = seen.position.max(position);
            further
        });
    }

    pub(crate) fn stop(&self, why: &str) {
        self.seen
            .send_modify(|seen| seen.stopped = Some(why.to_owned()));
    }

    /// Its part in a pass.
    pub(crate) fn target(&self, parked: Arc<HashSet<String>>) -> Target {
        Target {
            projector: self.projector.clone(),
            tables: self.tables.clone(),
            categories: self.categories.clone(),
            parked,
        }
    }
}
