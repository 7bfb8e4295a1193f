//! Reactors run on one node at a time. A lease saves the others the work; that two may run for a
//! moment is harmless, because each command of a reactor has an id derived from its event.

use crate::views::Pending;
use docket_engine::Engine;
use docket_engine::reactors::{Outcome, ReactorRunner, SignOffReactor};
use docket_projection::Views;
use docket_worklist::Worklist;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The name of the lease.
const LEASE: &str = "reactors";
/// The wait after the log could not be read.
const AGAIN: Duration = Duration::from_millis(500);

/// Runs them whenever this node has the lease, until it is dropped or too old for the log: then
/// another node has to, and gets the lease.
///
/// # Errors
/// When the worklist, which knows what waits, is not there.
pub fn run(engine: Arc<Engine>, views: &Views) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let worklist = Worklist::new(views.view(docket_worklist::NAME)?);
    let candidates = Arc::new(Pending(worklist));
    let mut lease = views.lease(LEASE);
    let views = views.clone();
    Ok(async move {
        while lease.wait_for(|ours| *ours).await.is_ok() {
            let reactor = SignOffReactor::new(Arc::clone(&engine), Arc::clone(&candidates) as _);
            match ReactorRunner::start(Arc::clone(engine.log()), reactor).await {
                Ok(runner) => tokio::select! {
                    ended = runner.run() => {
                        if let Outcome::TooOld(why) = ended {
                            tracing::warn!(why, "the reactors are left to a newer node");
                            views.give_up(LEASE);
                        }
                        return;
                    }
                    () = lost(&mut lease) => tracing::info!("another node runs the reactors now"),
                },
                Err(error) => {
                    tracing::warn!(%error, "the reactors cannot start, trying again");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    })
}

/// Ends when another node has the lease.
async fn lost(lease: &mut watch::Receiver<bool>) {
    if lease.wait_for(|ours| !*ours).await.is_err() {
        // The views are closed, and with them the node.
        std::future::pending().await
    }
}
