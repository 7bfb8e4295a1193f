use anyhow::Result;
use docket_codec::Reader;
use docket_declaration_view::DeclarationProjector;
use docket_directory::DirectoryProjector;
use docket_handling_record::HandlingRecordProjector;
use docket_my_declarations::MyDeclarationsProjector;
use docket_projection::{Config, Place, Projector, Runner, Views};
use docket_store::Log;
use docket_testkit::town::Town;
use docket_worklist::WorklistProjector;
use docket_worklist_history::WorklistHistoryProjector;
use std::sync::Arc;
use std::time::Duration;

/// The two views that every action shows in.
pub fn record_and_worklist() -> Vec<Arc<dyn Projector>> {
    vec![
        Arc::new(WorklistProjector),
        Arc::new(HandlingRecordProjector),
    ]
}

/// The views of the `docket` binary.
pub fn all_views() -> Vec<Arc<dyn Projector>> {
    let mut views = record_and_worklist();
    views.extend([
        Arc::new(DirectoryProjector) as Arc<dyn Projector>,
        Arc::new(DeclarationProjector),
        Arc::new(MyDeclarationsProjector),
        Arc::new(WorklistHistoryProjector),
    ]);
    views
}

/// Views fed from the log while commands run.
pub struct LiveViews {
    views: Views,
    runner: Runner,
}

/// Opens worklist and record beside a town and lets them follow its log.
///
/// # Errors
/// When they cannot be made there.
pub async fn live_views(town: &Town, place: Place) -> Result<LiveViews> {
    let source = Arc::new(Reader::new(
        Arc::clone(town.engine.log()),
        Arc::clone(town.engine.ring()),
    ));
    let config = Config {
        place,
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: Arc::clone(town.engine.log()),
        source,
        projectors: record_and_worklist(),
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    let views = Views::open(config, &|_| {}).await?;
    let runner = views.start();
    Ok(LiveViews { views, runner })
}

impl LiveViews {
    /// The views themselves.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// Waits until both have seen all of the log.
    ///
    /// # Errors
    /// When they do not within a minute.
    pub async fn wait(&self, log: &dyn Log) -> Result<()> {
        let head = log.head().await?.position;
        for name in self.views.names() {
            self.views
                .view(name)?
                .wait(head, Duration::from_secs(60))
                .await?;
        }
        Ok(())
    }

    /// Stops following.
    pub async fn close(self) {
        self.runner.stop().await;
        self.views.close().await;
    }
}
