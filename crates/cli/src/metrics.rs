//! What a server measures, for Prometheus: names in one table, read when somebody asks.

use crate::running::Face;
use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use docket_projection::{Info, ReportKind, ViewError};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};

/// How long an answer waits for a database before it tells what was last seen.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often what was measured is gathered when nobody asks, so that it does not pile up.
const UPKEEP: Duration = Duration::from_secs(5);
/// Upper bounds of the counts of requests by duration, in seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// How a metric behaves.
enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// Every metric of ours. The dashboard's test knows it by what /metrics prints.
const METRICS: &[(&str, Kind, &str)] = &[
    (
        "docket_http_requests_total",
        Kind::Counter,
        "Requests answered, by method, route and status",
    ),
    (
        "docket_http_request_seconds",
        Kind::Histogram,
        "Seconds until a request was answered; of a stream, until it began",
    ),
    (
        "docket_commands_total",
        Kind::Counter,
        "Commands by action and result: done, repeated, refused or failed",
    ),
    (
        "docket_log_position",
        Kind::Gauge,
        "Position of the last event of the log",
    ),
    (
        "docket_log_last_verified_timestamp_seconds",
        Kind::Gauge,
        "When this node last proved the whole log, in seconds since 1970; 0 when it did not yet",
    ),
    (
        "docket_log_last_verified_findings",
        Kind::Gauge,
        "What it found that is not as it was written; NaN when it did not look yet",
    ),
    (
        "docket_log_hashed_position",
        Kind::Gauge,
        "Events that this node has hashed, from the first on, to publish the head of the log",
    ),
    (
        "docket_log_corrupt_position",
        Kind::Gauge,
        "The first position where the log is not what it should be, as far as it was hashed; 0 where it is",
    ),
    (
        "docket_log_restored",
        Kind::Gauge,
        "1 while the log has lost events that this node has seen and no operator has accepted it",
    ),
    (
        "docket_streams_corrupt",
        Kind::Gauge,
        "Streams that this node found to hold something the log does not prove",
    ),
    (
        "docket_views_readable",
        Kind::Gauge,
        "1 if log and views could be looked at for this answer; otherwise their values are old",
    ),
    (
        "docket_view_events_total",
        Kind::Counter,
        "Events of the log that the view has seen",
    ),
    (
        "docket_view_lag_positions",
        Kind::Gauge,
        "Events of the log that the view has not seen",
    ),
    (
        "docket_view_lag_seconds",
        Kind::Gauge,
        "Seconds since the first event that the view has not seen was recorded; 0 when it has seen all",
    ),
    (
        "docket_view_generation",
        Kind::Gauge,
        "Number of the generation that answers",
    ),
    (
        "docket_view_kept_generation",
        Kind::Gauge,
        "Number of the generation that a rollback would let answer; 0 when none is kept",
    ),
    (
        "docket_view_parked",
        Kind::Gauge,
        "Streams with an event that could not be applied",
    ),
    (
        "docket_view_stopped",
        Kind::Gauge,
        "1 when the view has stopped; `docket projections status` says why",
    ),
    (
        "docket_view_last_verified_timestamp_seconds",
        Kind::Gauge,
        "When the view was last verified, in seconds since 1970; 0 when never",
    ),
    (
        "docket_view_last_verified_differences",
        Kind::Gauge,
        "Wrong rows that the last verification found or a repair left; NaN when there was none",
    ),
    (
        "docket_view_rebuild_progress_ratio",
        Kind::Gauge,
        "How far this node has built the view anew, from 0 to 1, a fifth for each phase; 0 when it builds nothing",
    ),
];

/// What was measured so far.
pub struct Metrics {
    handle: PrometheusHandle,
    process: Collector,
}

impl Metrics {
    /// Begins to measure. Without it nothing is kept.
    ///
    /// # Errors
    /// When this process measures already.
    pub fn install() -> anyhow::Result<Self> {
        let request = Matcher::Full("docket_http_request_seconds".to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(request, &SECONDS)
            .context("the bounds of durations are wrong")?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .map_err(|error| anyhow::anyhow!("metrics are kept already: {error}"))?;
        for (name, kind, help) in METRICS {
            match kind {
                Kind::Counter => describe_counter!(*name, *help),
                Kind::Gauge => describe_gauge!(*name, *help),
                Kind::Histogram => describe_histogram!(*name, *help),
            }
        }
        let process = Collector::default();
        process.describe();
        Ok(Self { handle, process })
    }

    /// Answers /metrics, and nothing else, until it is dropped.
    pub async fn serve(self, listener: TcpListener, watched: Watched) {
        let handle = self.handle.clone();
        let upkeep = async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                handle.run_upkeep();
            }
        };
        let state = Arc::new((self, watched));
        let router = Router::new()
            .route("/metrics", get(answer))
            .with_state(state);
        tokio::select! {
            ended = axum::serve(listener, router).into_future() => {
                tracing::error!(?ended, "metrics are answered no more");
            }
            () = upkeep => {}
        }
    }
}

async fn answer(State(state): State<Arc<(Metrics, Watched)>>) -> Response {
    let (metrics, watched) = state.as_ref();
    let looked = tokio::time::timeout(PATIENCE, watched.look()).await;
    let readable = looked.unwrap_or(false);
    gauge!("docket_views_readable").set(if readable { 1.0 } else { 0.0 });
    metrics.process.collect();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics.handle.render()).into_response()
}

/// What is looked at when somebody asks.
#[derive(Clone)]
pub struct Watched {
    faces: watch::Receiver<Face>,
    /// Whether the last look saw everything; held by the one who looks.
    seen: Arc<Mutex<bool>>,
}

impl Watched {
    /// A server, by the node that answers for it.
    pub fn new(faces: watch::Receiver<Face>) -> Self {
        Self {
            faces,
            seen: Arc::default(),
        }
    }

    /// Looks, or waits for the one who does already; says whether everything could be seen. A look
    /// goes on when nobody waits for it any longer: begun anew with every answer, a slow one would
    /// never end.
    async fn look(&self) -> bool {
        let Ok(mut seen) = Arc::clone(&self.seen).try_lock_owned() else {
            return *self.seen.lock().await;
        };
        let watched = self.clone();
        let look = tokio::spawn(async move {
            let looked = watched.tell_all().await;
            if let Err(error) = &looked {
                tracing::warn!(%error, "log and views cannot be looked at for metrics");
            }
            *seen = looked.is_ok();
            *seen
        });
        look.await.unwrap_or(false)
    }

    async fn tell_all(&self) -> Result<(), ViewError> {
        let Face { app, views, .. } = self.faces.borrow().clone();
        let head = app.engine().log().head().await?.position;
        gauge!("docket_log_position").set(head as f64);
        let corrupt = app.engine().reader().quarantine().len();
        gauge!("docket_streams_corrupt").set(corrupt as f64);
        let (now, rebuilding) = (app.now().micros(), app.rebuilding());
        for info in views.glance().await? {
            let done = rebuilding.iter().find(|(view, _)| *view == info.name);
            Self::tell(now, &info, done.map_or(0.0, |(_, done)| *done));
        }
        Ok(())
    }

    fn tell(now: i64, info: &Info, rebuilt: f64) {
        let lag = info.behind_since.map_or(0, |since| now - since.micros());
        let verified = info
            .reports
            .iter()
            .find(|report| report.kind == ReportKind::Verify);
        let set = |name: &'static str, value: f64| {
            gauge!(name, "view" => info.name.clone()).set(value);
        };
        set("docket_view_lag_positions", info.lag as f64);
        set("docket_view_lag_seconds", seconds(lag.max(0)));
        set("docket_view_generation", f64::from(info.generation));
        let kept = info.kept.unwrap_or(0);
        set("docket_view_kept_generation", f64::from(kept));
        set("docket_view_parked", info.parked as f64);
        let stopped = info.stopped.is_some();
        set("docket_view_stopped", if stopped { 1.0 } else { 0.0 });
        set(
            "docket_view_last_verified_timestamp_seconds",
            verified.map_or(0.0, |report| seconds(report.at.micros())),
        );
        set(
            "docket_view_last_verified_differences",
            verified.map_or(f64::NAN, |report| report.differences() as f64),
        );
        set("docket_view_rebuild_progress_ratio", rebuilt);
        counter!("docket_view_events_total", "view" => info.name.clone()).absolute(info.checkpoint);
    }
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
