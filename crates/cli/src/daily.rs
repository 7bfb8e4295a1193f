//! The check of the whole log that a server makes by itself: when it starts, and then once a day
//! unless it is told otherwise.

use crate::check;
use crate::clock::SystemClock;
use crate::node::Store;
use docket_codec::KeyRing;
use docket_engine::Clock as _;
use docket_store::Inspect;
use docket_verify::{Check, Report, verify};
use metrics::gauge;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// The wait after a check that could not be done: the database was away.
const AGAIN: Duration = Duration::from_secs(600);
/// Most findings that go to the log of the node; `docket log verify` names all of them.
const TOLD_MAX: usize = 20;

/// Begins to check the log from time to time; nothing with no time given.
pub fn begin(store: &Store, every: Option<Duration>) -> Option<JoinHandle<()>> {
    gauge!("docket_log_last_verified_timestamp_seconds").set(0.0);
    gauge!("docket_log_last_verified_findings").set(f64::NAN);
    let (log, ring) = (store.backend.inspect(), Arc::clone(&store.ring));
    every.map(|every| tokio::spawn(go_on(log, ring, every)))
}

async fn go_on(log: Arc<dyn Inspect>, ring: Arc<KeyRing>, every: Duration) {
    loop {
        let began = Instant::now();
        let rest = match once(log.as_ref(), &ring).await {
            true => every.saturating_sub(began.elapsed()),
            false => AGAIN.min(every),
        };
        sleep(rest).await;
    }
}

/// Checks once, beside all else that the node does, and says whether it could.
async fn once(log: &dyn Inspect, ring: &KeyRing) -> bool {
    let polite = Check {
        ring: Some(ring),
        head: None,
        polite: true,
    };
    match verify(log, polite, &|_| {}).await {
        Ok(report) => {
            tell(&report);
            true
        }
        Err(error) => {
            tracing::warn!(%error, "the log could not be verified; it is tried again");
            false
        }
    }
}

fn tell(report: &Report) {
    let total = report.findings.total();
    let now = SystemClock.now().micros();
    gauge!("docket_log_last_verified_timestamp_seconds").set(now as f64 / 1e6);
    gauge!("docket_log_last_verified_findings").set(total as f64);
    if total == 0 {
        tracing::info!(size = report.size, "the log is verified: nothing is wrong");
        return;
    }
    for finding in report.findings.shown().iter().take(TOLD_MAX) {
        tracing::error!("the log is not as it was written: {}", check::line(finding));
    }
    tracing::error!(
        total,
        "the log is not as it was written; `docket log verify` names every place"
    );
}
