//! One node that serves: engine, live views, reactors and HTTP in one process.

use crate::metrics::{Metrics, Watched};
use crate::node::Store;
use crate::running::{Face, Parts, Running};
use crate::settings::Settings;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceExt as _;

/// How long requests under way may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);
/// The wait before a node that could not begin anew tries again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a node that was replaced goes on with the requests that it has begun.
const DRAIN: Duration = Duration::from_secs(1);

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
    let public = settings.listen.bind().await?;
    let admin = match &settings.admin_listen {
        Some(address) => Some((address.bind().await?, Metrics::install()?)),
        None => None,
    };
    Ok(Doors { public, admin })
}

/// A server that has its address and does not answer yet.
pub struct Server {
    node: Running,
    doors: Doors,
}

impl Server {
    /// Puts a server together on a log that has its engine and its views.
    ///
    /// # Errors
    /// When a view is missing or the log cannot be read.
    pub fn build(parts: Parts, doors: Doors) -> anyhow::Result<Self> {
        let node = Running::start(parts)?;
        Ok(Self { node, doors })
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

    /// Answers until SIGINT or SIGTERM; `answering` is called once it does. When an operator has
    /// accepted that the log lost events, the node is put together `anew`, so that it holds nothing
    /// of the log that is no more. Requests under way are finished and the views closed; the log is
    /// handed back to be closed.
    ///
    /// # Errors
    /// When `answering` or the server fails.
    pub async fn serve(
        self,
        answering: impl AsyncFnOnce() -> anyhow::Result<()>,
        anew: impl AsyncFn() -> anyhow::Result<Parts>,
    ) -> anyhow::Result<Store> {
        // Before anybody can know that it answers, and so tell it to stop.
        let told_to_stop = told_to_stop()?;
        let (stop, stopping) = watch::channel(false);
        let mut node = self.node;
        let faces = watch::Sender::new(node.face());
        let measuring = self.doors.admin.map(|(listener, metrics)| {
            tokio::spawn(metrics.serve(listener, Watched::new(faces.subscribe())))
        });
        let serving = tokio::spawn(answer(self.doors.public, faces.subscribe(), stopping));
        let answered = answering().await;
        if answered.is_ok() {
            let goes_on = async {
                loop {
                    node.is_to_begin_anew().await;
                    let next = begin_anew(&anew).await;
                    faces.send_replace(next.face());
                    let before = std::mem::replace(&mut node, next);
                    tokio::spawn(end(before));
                }
            };
            tokio::select! {
                () = told_to_stop => {}
                () = goes_on => {}
            }
        }
        stop.send_replace(true);
        node.hang_up();
        match tokio::time::timeout(GRACE, serving).await {
            // Why a task died may quote anything: the panic hook has told the place.
            Ok(ended) => ended.map_err(|_| anyhow::anyhow!("the server failed"))??,
            Err(_) => {
                tracing::warn!("requests were still under way after {GRACE:?}; they are cut off")
            }
        }
        if let Some(measuring) = measuring {
            measuring.abort();
        }
        let store = node.stop().await;
        answered.map(|()| store)
    }
}

/// Puts a node together, again and again until it works.
async fn begin_anew(anew: &impl AsyncFn() -> anyhow::Result<Parts>) -> Running {
    tracing::warn!("the log goes on in another incarnation: this node forgets what it held of it");
    loop {
        match anew().await.and_then(Running::start) {
            Ok(node) => return node,
            Err(error) => tracing::error!("this node could not begin anew: {error:#}"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Ends a node that another one has replaced, once requests that it has begun are answered.
async fn end(node: Running) {
    node.hang_up();
    tokio::time::sleep(DRAIN).await;
    if let Err(error) = node.stop().await.backend.close().await {
        tracing::debug!(%error, "the log of the node before did not close");
    }
}

/// Answers each request by the node as it is then.
async fn answer(
    door: TcpListener,
    faces: watch::Receiver<Face>,
    mut stopping: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let service = Router::new()
        .fallback(by_present_node)
        .with_state(faces)
        .into_make_service_with_connect_info::<SocketAddr>();
    let stopped = async move { _ = stopping.wait_for(|stopping| *stopping).await };
    axum::serve(door, service)
        .with_graceful_shutdown(stopped)
        .await
}

async fn by_present_node(State(faces): State<watch::Receiver<Face>>, request: Request) -> Response {
    let router = faces.borrow().router.clone();
    let Ok(response) = router.oneshot(request).await;
    response
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
