//! The read models of this binary: the list of projectors, and how they are opened.

#[cfg(feature = "next-level")]
mod next;

use crate::node::Store;
use crate::output::Output;
use crate::progress::Bar;
use crate::settings::Settings;
use async_trait::async_trait;
use docket_codec::Reader;
use docket_declaration_view::DeclarationProjector;
use docket_directory::DirectoryProjector;
use docket_domain::{DeclarationId, UnitId};
use docket_engine::Failure;
use docket_engine::reactors::Candidates;
use docket_handling_record::HandlingRecordProjector;
use docket_my_declarations::MyDeclarationsProjector;
use docket_projection::{Config, Projector, Views};
use docket_worklist::Worklist;
#[cfg(not(feature = "next-level"))]
use docket_worklist::WorklistProjector;
use docket_worklist_history::WorklistHistoryProjector;
#[cfg(feature = "next-level")]
use next::NextWorklist as WorklistProjector;
use std::sync::Arc;
use std::time::Duration;

/// How long a reactor waits for the worklist before it tries the event again later.
const CANDIDATES_WAIT: Duration = Duration::from_secs(2);

/// Every projector; a new read model is one line here.
fn projectors() -> Vec<Arc<dyn Projector>> {
    vec![
        Arc::new(DirectoryProjector),
        Arc::new(WorklistProjector),
        Arc::new(WorklistHistoryProjector),
        Arc::new(HandlingRecordProjector),
        Arc::new(DeclarationProjector),
        Arc::new(MyDeclarationsProjector),
    ]
}

/// Opens the views of a log; one that was never built is built first, with progress.
///
/// # Errors
/// When the folder cannot be used or the log not be read.
pub async fn open(settings: &Settings, store: &Store, output: Output) -> anyhow::Result<Views> {
    let bar = Bar::new(output, "building views");
    let tell = |progress| bar.at(progress);
    let opened = Views::open(config(settings, store), &tell);
    Ok(bar.during(opened).await?)
}

/// Opens the views and feeds them with what the log holds now, with progress: for commands.
///
/// # Errors
/// As [`open`].
pub async fn open_up_to_date(
    settings: &Settings,
    store: &Store,
    output: Output,
) -> anyhow::Result<Views> {
    let views = open(settings, store, output).await?;
    let bar = Bar::new(output, "read models");
    let tell = |progress| bar.at(progress);
    bar.during(views.catch_up_telling(&tell)).await?;
    Ok(views)
}

/// The names of all views, without opening any.
pub fn names() -> Vec<&'static str> {
    projectors()
        .iter()
        .map(|projector| projector.name())
        .collect()
}

/// Opens the views that are there and builds none: to look at.
///
/// # Errors
/// As [`open`].
pub async fn attach_only(settings: &Settings, store: &Store) -> anyhow::Result<Views> {
    Ok(Views::attach_only(config(settings, store)).await?)
}

/// Opens the views to look at them, and makes nothing.
///
/// # Errors
/// As [`open`].
pub async fn look(settings: &Settings, store: &Store) -> anyhow::Result<Views> {
    Ok(Views::open_to_look(config(settings, store)).await?)
}

fn config(settings: &Settings, store: &Store) -> Config {
    Config {
        place: settings.views.clone(),
        log: store.log(),
        incarnation: store.incarnation,
        source: Arc::new(Reader::sharing(
            store.log(),
            Arc::clone(&store.ring),
            Arc::clone(&store.quarantine),
        )),
        projectors: projectors(),
        histories: Vec::new(),
        keep: settings.keep_views,
    }
}

/// What waits for a unit's 签收, from the worklist.
pub struct Pending(pub Worklist);

#[async_trait]
impl Candidates for Pending {
    async fn pending(
        &self,
        unit: UnitId,
        position: u64,
        after: Option<DeclarationId>,
        limit: usize,
    ) -> Result<Vec<DeclarationId>, Failure> {
        let behind = |error: &dyn std::fmt::Display| Failure::Unavailable(error.to_string());
        self.0
            .view()
            .wait(position, CANDIDATES_WAIT)
            .await
            .map_err(|error| behind(&error))?;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        self.0
            .pending_to_sign(unit, after, limit)
            .await
            .map_err(|error| behind(&error))
    }
}
