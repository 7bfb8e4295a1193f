//! One node that serves: engine, live views, reactors and HTTP in one process.

use crate::daily;
use crate::metrics::{Metrics, Watched};
use crate::node::Store;
use crate::reactors;
use crate::settings::Settings;
use anyhow::Context as _;
use docket_engine::Engine;
use docket_http::{AccessTokens, App, AppParts, DemoClock, Shutdown, router};
use docket_projection::{Runner, Views};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long requests under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// The addresses of a server.
pub struct Doors {
    /// For everybody.
    public: TcpListener,
    /// For who watches it, and what it measures for them.
    admin: Option<(TcpListener, Metrics)>,
}

/// Takes the addresses, before anything else that takes time, and begins to measure if somebody
/// may ask.
///
/// # Errors
/// When somebody else has one of them.
pub async fn listen(settings: &Settings) -> anyhow::Result<Doors> {
    let public = bind(settings.listen).await?;
    let admin = match settings.admin_listen {
        Some(address) => Some((bind(address).await?, Metrics::install()?)),
        None => None,
    };
    Ok(Doors { public, admin })
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// A server that has its address and does not answer yet.
pub struct Server {
    store: Store,
    views: Views,
    runner: Runner,
    reactors: JoinHandle<()>,
    /// Proves the whole log from time to time.
    daily: Option<JoinHandle<()>>,
    app: App,
    doors: Doors,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Puts a server together on a log that has its engine and its views.
    ///
    /// # Errors
    /// When a view is missing or the log cannot be read.
    pub async fn build(
        store: Store,
        engine: Arc<Engine>,
        views: Views,
        doors: Doors,
        demo_clock: Option<Arc<dyn DemoClock>>,
        verify_every: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let reactors = reactors::run(Arc::clone(&engine), &views)?;
        let tokens = AccessTokens::new(&store.ring);
        let (stop, shutdown) = Shutdown::new();
        let app = App::new(AppParts {
            engine,
            views: views.clone(),
            tokens,
            demo_clock,
            shutdown,
        })?;
        Ok(Self {
            runner: views.start(),
            reactors: tokio::spawn(reactors),
            daily: daily::begin(&store, verify_every),
            app,
            store,
            views,
            doors,
            stop,
        })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.doors.public.local_addr()?)
    }

    /// The address at which it answers metrics.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn metrics_address(&self) -> anyhow::Result<Option<SocketAddr>> {
        let admin = self.doors.admin.as_ref();
        Ok(admin
            .map(|(listener, _)| listener.local_addr())
            .transpose()?)
    }

    /// Answers until SIGINT or SIGTERM; `answering` is called once it does. Requests under way are
    /// finished and the views closed; the log is handed back to be closed.
    ///
    /// # Errors
    /// When `answering` or the server fails.
    pub async fn serve(
        self,
        answering: impl AsyncFnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<Store> {
        // Before anybody can know that it answers, and so tell it to stop.
        let told_to_stop = told_to_stop()?;
        let stop = self.stop.clone();
        let mut stopping = self.stop.subscribe();
        let stopped = async move { _ = stopping.wait_for(|stopping| *stopping).await };
        let service = router(self.app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let measuring = self.doors.admin.map(|(listener, metrics)| {
            let watched = Watched::new(self.app.clone(), self.views.clone());
            tokio::spawn(metrics.serve(listener, watched))
        });
        let serving = tokio::spawn(
            axum::serve(self.doors.public, service)
                .with_graceful_shutdown(stopped)
                .into_future(),
        );
        let answered = answering().await;
        if answered.is_ok() {
            told_to_stop.await;
        }
        stop.send_replace(true);
        match tokio::time::timeout(GRACE, serving).await {
            // Why a task died may quote anything: the panic hook has told the place.
            Ok(ended) => ended.map_err(|_| anyhow::anyhow!("the server failed"))??,
            Err(_) => {
                tracing::warn!("requests were still under way after {GRACE:?}; they are cut off")
            }
        }
        self.app.idle().await;
        if let Some(measuring) = measuring {
            measuring.abort();
        }
        self.reactors.abort();
        if let Some(daily) = self.daily {
            daily.abort();
        }
        self.runner.stop().await;
        self.views.close().await;
        answered.map(|()| self.store)
    }
}

/// SIGINT and SIGTERM, heard from now on.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C, heard once it is awaited.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
        }
    })
}
