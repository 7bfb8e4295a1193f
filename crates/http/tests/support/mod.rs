//! The real router over a real log and the real views, on either engine, and a clock that tests
//! move.

pub mod cast;
pub mod forge;
pub mod forms;
pub mod moody_source;
pub mod slow_log;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use cast::{Cast, Who};
use docket_codec::{KeyRing, OsEntropy};
use docket_domain::time::Instant;
use docket_engine::{Clock, EngineParts, Founding, HeadKeeper, bootstrap, definitions};
use docket_http::{AccessTokens, App, AppParts, DemoClock, Shutdown, router};
use docket_projection::{Config, Place, Projector, Runner, Source, Views};
use docket_store::{Guarded, Log};
use docket_testkit::engines::{Engine, Scratch};
use moody_source::MoodySource;
use serde_json::Value;
use slow_log::SlowLog;
use sqlx::Connection as _;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;
use uuid::Uuid;

/// A clock that tests move; it begins where the demo's does.
pub struct FakeClock(AtomicI64);

impl FakeClock {
    pub fn set(&self, text: &str) {
        self.0.store(at(text).micros(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[async_trait::async_trait]
impl DemoClock for FakeClock {
    async fn advance(&self, days: u32) -> Result<Instant, String> {
        assert!(days != 13, "thirteen days break this clock");
        let now = self.now().plus_days(i64::from(days));
        self.0.store(now.micros(), Ordering::SeqCst);
        Ok(now)
    }
}

/// `2026-03-02 09:00` in Asia/Shanghai.
pub fn at(text: &str) -> Instant {
    Instant::parse(&format!("{}:00+08:00", text.replace(' ', "T"))).unwrap()
}

const LOG: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);

/// What serves: lost when the node stops.
struct Serving {
    router: Router,
    stop: tokio::sync::watch::Sender<bool>,
    _keeper: HeadKeeper,
}

/// What a server is made of.
struct Node {
    engine: Arc<docket_engine::Engine>,
    ring: Arc<KeyRing>,
    views: Views,
    demo_clock: Option<Arc<dyn DemoClock>>,
}

impl Node {
    fn serve(&self) -> Serving {
        let keeper = HeadKeeper::start(Arc::clone(self.engine.log()), 1, None);
        let (stop, shutdown) = Shutdown::new();
        let parts = AppParts {
            engine: Arc::clone(&self.engine),
            views: self.views.clone(),
            head: keeper.watch(),
            tokens: AccessTokens::new(&self.ring),
            demo_clock: self.demo_clock.clone(),
            shutdown,
        };
        Serving {
            router: router(App::new(parts).unwrap()),
            stop,
            _keeper: keeper,
        }
    }
}

pub struct Service {
    node: Node,
    serving: Mutex<Serving>,
    pub clock: Arc<FakeClock>,
    pub cast: Cast,
    pub log: Arc<dyn Log>,
    pub ring: Arc<KeyRing>,
    pub slow: Arc<SlowLog>,
    pub source: Arc<MoodySource>,
    runner: Mutex<Option<Runner>>,
    pub scratch: Scratch,
}

impl Service {
    /// A service with the cast in place and no declaration.
    pub async fn start(engine: Engine) -> Service {
        Service::with(engine, false).await
    }

    /// The same with the demo's clock.
    pub async fn demo(engine: Engine) -> Service {
        Service::with(engine, true).await
    }

    async fn with(engine: Engine, demo: bool) -> Service {
        let scratch = Scratch::new(engine);
        let slow = Arc::new(SlowLog::new(scratch.log(LOG).await));
        let log: Arc<dyn Log> = Arc::new(Guarded::new(Arc::clone(&slow) as _));
        let clock = Arc::new(FakeClock(AtomicI64::new(at("2026-03-02 09:00").micros())));
        let ring = Arc::new(KeyRing::generate(&OsEntropy));
        let parts = EngineParts {
            log: Arc::clone(&log),
            ring: Arc::clone(&ring),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(OsEntropy),
            definitions: definitions(),
            quarantine: Arc::default(),
            cached_states: NonZeroUsize::new(1_000).unwrap(),
        };
        let founding = Founding {
            jurisdiction: "重庆市".into(),
            demo: true,
        };
        let engine = Arc::new(bootstrap(parts, &founding).await.unwrap());
        let tokens = AccessTokens::new(&ring);
        let cast = Cast::found(&engine, &tokens).await;
        let reader = docket_codec::Reader::new(Arc::clone(&log), Arc::clone(&ring));
        let source = Arc::new(MoodySource::new(reader));
        let views = open_views(&scratch, &log, &source).await;
        let runner = views.start();
        let demo_clock = demo.then(|| Arc::clone(&clock) as Arc<dyn DemoClock>);
        let node = Node {
            engine,
            ring: Arc::clone(&ring),
            views,
            demo_clock,
        };
        let serving = Mutex::new(node.serve());
        Service {
            node,
            serving,
            clock,
            cast,
            log,
            ring,
            slow,
            source,
            runner: Mutex::new(Some(runner)),
            scratch,
        }
    }

    /// Goes on as a node that was started just now does.
    pub fn restart(&self) {
        *self.serving.lock().unwrap() = self.node.serve();
    }

    /// Tells the server to stop.
    pub fn stop(&self) {
        self.serving.lock().unwrap().stop.send_replace(true);
    }

    /// Stops feeding the views.
    pub async fn freeze_views(&self) {
        let runner = self.runner.lock().unwrap().take();
        runner.unwrap().stop().await;
    }

    /// Runs SQL on the log's own database, as nobody may who serves it.
    pub async fn around_the_log(&self, on_sqlite: &str, on_postgres: &str) {
        match self.scratch.database() {
            None => {
                let file = self.scratch.folder().join("docket.db");
                let url = format!("sqlite://{}", file.display());
                let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
                let sql = sqlx::AssertSqlSafe(on_sqlite.to_owned());
                sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
                file.close().await.unwrap();
            }
            Some(database) => {
                database.psql(on_postgres);
            }
        }
    }

    pub fn get<'a>(&'a self, who: &Who, path: &str) -> Call<'a> {
        self.call(Method::GET, path).by(who)
    }

    pub fn post<'a>(&'a self, who: &Who, path: &str, body: Value) -> Call<'a> {
        self.call(Method::POST, path).by(who).json(body)
    }

    pub fn put<'a>(&'a self, who: &Who, path: &str, body: Value) -> Call<'a> {
        self.call(Method::PUT, path).by(who).json(body)
    }

    pub fn delete<'a>(&'a self, who: &Who, path: &str) -> Call<'a> {
        self.call(Method::DELETE, path).by(who)
    }

    /// A request of nobody; the path counts from `/api/v1`, or from the root behind `//`.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let path = path
            .strip_prefix('/')
            .filter(|path| path.starts_with('/'))
            .map_or_else(|| format!("/api/v1{path}"), str::to_owned);
        Call {
            service: self,
            method,
            path,
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }
}

async fn open_views(scratch: &Scratch, log: &Arc<dyn Log>, source: &Arc<MoodySource>) -> Views {
    let projectors: Vec<Arc<dyn Projector>> = vec![
        Arc::new(docket_directory::DirectoryProjector),
        Arc::new(docket_worklist::WorklistProjector),
        Arc::new(docket_worklist_history::WorklistHistoryProjector),
        Arc::new(docket_handling_record::HandlingRecordProjector),
        Arc::new(docket_declaration_view::DeclarationProjector),
        Arc::new(docket_my_declarations::MyDeclarationsProjector),
    ];
    let config = Config {
        place: match scratch.database() {
            None => Place::Folder(scratch.folder().join("views")),
            Some(database) => Place::Postgres(database.url().parse().unwrap()),
        },
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: Arc::clone(log),
        source: Arc::clone(source) as Arc<dyn Source>,
        projectors,
        histories: Vec::new(),
        keep: Duration::from_secs(3_600),
    };
    Views::open(config, &|_| ()).await.unwrap()
}

/// A request under construction.
pub struct Call<'a> {
    service: &'a Service,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call<'_> {
    pub fn by(mut self, who: &Who) -> Self {
        let token = format!("Bearer {}", who.token);
        self.headers
            .insert(header::AUTHORIZATION, token.parse().unwrap());
        if let Some(unit) = who.unit {
            self.headers
                .insert("docket-unit", unit.to_string().parse().unwrap());
        }
        self
    }

    pub fn json(self, body: Value) -> Self {
        self.header("content-type", "application/json")
            .raw(body.to_string().into_bytes())
    }

    pub fn raw(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub fn if_match(self, version: u64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    pub fn key(self, key: u128) -> Self {
        self.header("idempotency-key", &Uuid::from_u128(key).to_string())
    }

    pub async fn response(self) -> axum::response::Response {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.path)
            .body(Body::from(self.body))
            .unwrap();
        *request.headers_mut() = self.headers;
        let router = self.service.serving.lock().unwrap().router.clone();
        router.oneshot(request).await.unwrap()
    }

    pub async fn send(self) -> Reply {
        let response = self.response().await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply {
            status,
            headers,
            text,
            body,
        }
    }

    /// Sends it and expects success.
    pub async fn ok(self) -> Reply {
        let what = format!("{} {}", self.method, self.path);
        let reply = self.send().await;
        assert!(
            reply.status.is_success(),
            "{what}: {} {}",
            reply.status,
            reply.text
        );
        reply
    }

    /// Sends it and expects a problem.
    pub async fn refused(self, status: u16, code: &str) -> Reply {
        let what = format!("{} {}", self.method, self.path);
        let reply = self.send().await;
        let found = (
            reply.status.as_u16(),
            reply.body["code"].as_str().unwrap_or_default(),
        );
        assert_eq!(found, (status, code), "{what}: {}", reply.text);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.body["status"], status);
        assert_eq!(reply.body["type"], format!("urn:docket:problem:{code}"));
        assert!(!reply.body["title"].as_str().unwrap().is_empty());
        reply
    }
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn version(&self) -> u64 {
        self.body["version"].as_u64().unwrap()
    }

    pub fn position(&self) -> u64 {
        self.body["position"].as_u64().unwrap()
    }

    pub fn id(&self) -> String {
        self.body["declaration_id"].as_str().unwrap().to_owned()
    }
}
