//! What surrounds every request: its id, the check of `Docket-Log`, the time limit, the log line
//! and the writing of problem documents. Log lines hold method, matched path, status and duration:
//! nothing that a person typed.

use crate::app::App;
use crate::caller;
use crate::openapi;
use crate::problem::{MEDIA_TYPE, Problem, Trouble};
use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use docket_domain::log::Incarnation;
use docket_domain::{Code, PersonId, UnitId};
use docket_store::AuditEntry;
use std::any::Any;
use std::time::{Duration, Instant};
use tracing::{Instrument, Span};
use uuid::Uuid;

/// The header with the request's id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The largest body, in bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
const DOCKET_LOG: HeaderName = HeaderName::from_static("docket-log");
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The id of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<RequestId>()
            .copied()
            .ok_or_else(|| Trouble::Internal.into())
    }
}

/// The outermost layer.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = named_id(request.headers()).unwrap_or_else(|| app.engine().entropy().uuid(app.now()));
    request.extensions_mut().insert(RequestId(id));
    let method = request.method().clone();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let started = started();
    let claimed = caller::claimed(&app, request.headers());
    let fit = match path.as_deref().is_some_and(is_of_log) {
        true => same_log(&app, request.headers()).and_then(|()| whole_log(&app)),
        false => Ok(()),
    };
    // A method that the route does not know is told first.
    let fit = fit.or_else(|problem| match openapi::knows(path.as_deref(), &method) {
        true => Err(problem),
        false => Ok(()),
    });
    let response = match fit {
        Ok(()) => {
            let answer = limited(TIME_LIMIT, next.run(request));
            answer.instrument(named_span(id)).await
        }
        Err(problem) => problem.into_response(),
    };
    let asked = Asked {
        claimed,
        id: RequestId(id),
        is_command: !method.is_safe(),
        action: format!("{method} {}", path.as_deref().unwrap_or("-")),
    };
    let response = audited(&app, response, asked).await;
    let mut response = finished(response, id);
    if path.as_deref().is_some_and(is_of_log) {
        response.headers_mut().insert(DOCKET_LOG, log_name(&app));
    }
    if !method.is_safe() {
        docket_store::failpoint!("http.answering");
    }
    let status = response.status().as_u16();
    let path = path.as_deref().unwrap_or("-");
    let elapsed = started.elapsed();
    measured(&method, path, status, elapsed);
    let duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(%method, path, status, duration_us, request_id = %id, "request");
    response
}

/// What stands before everything that is told while a request is answered. It is of the highest level,
/// so that it stands before warnings where nothing else is told.
fn named_span(id: Uuid) -> Span {
    tracing::error_span!("request", request_id = %id)
}

/// Counts a request. The route stands for its path, and of methods those that routes know: what a
/// client makes up is no label.
fn measured(method: &Method, route: &str, status: u16, elapsed: Duration) {
    let known = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let known = known.into_iter().find(|known| known == method);
    let method = known.map_or_else(|| "other".to_owned(), |known| known.to_string());
    let (route, status) = (route.to_owned(), status.to_string());
    metrics::histogram!("docket_http_request_seconds", "method" => method.clone(), "route" => route.clone())
        .record(elapsed.as_secs_f64());
    metrics::counter!(
        "docket_http_requests_total", "method" => method, "route" => route, "status" => status
    )
    .increment(1);
}

/// The machine's monotonic clock: it measures, it decides nothing.
#[allow(clippy::disallowed_methods)]
fn started() -> Instant {
    Instant::now()
}

async fn limited(limit: Duration, answer: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(limit, answer).await {
        Ok(response) => response,
        Err(_) => Problem::from(Trouble::Unavailable).into_response(),
    }
}

/// A client's own id, if it is a UUID: anything else could say who asks.
fn named_id(headers: &HeaderMap) -> Option<Uuid> {
    Uuid::parse_str(headers.get(X_REQUEST_ID)?.to_str().ok()?).ok()
}

/// What `Docket-Log` says: the log and its incarnation.
fn log_name(app: &App) -> HeaderValue {
    let (id, incarnation) = (app.engine().log().id(), app.parts.head.incarnation());
    HeaderValue::try_from(format!("{id}.{incarnation}")).expect("digits, dots and hyphens")
}

/// Whether a route answers from the log. The others tell how a node is, or what the interface is.
fn is_of_log(route: &str) -> bool {
    !["/livez", "/readyz", "/api/v1/openapi.json"].contains(&route)
}

/// `Docket-Log`: a client that has seen another log, or another incarnation of it, must not go on
/// with its positions. Who names the log alone is content with any incarnation.
fn same_log(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(named) = headers.get(DOCKET_LOG) else {
        return Ok(());
    };
    let (id, incarnation) = (app.engine().log().id(), app.parts.head.incarnation());
    let is_same = named
        .to_str()
        .is_ok_and(|named| is_named(named.trim(), id, incarnation));
    match is_same {
        true => Ok(()),
        false => Err(Trouble::OtherLog.into()),
    }
}

fn is_named(named: &str, id: Uuid, incarnation: Incarnation) -> bool {
    let (log, number) = named.split_once('.').unwrap_or((named, ""));
    Uuid::parse_str(log) == Ok(id) && (log == named || number.parse() == Ok(incarnation))
}

/// While the log has lost what this node has seen of it, nothing is answered from either.
fn whole_log(app: &App) -> Result<(), Problem> {
    match app.engine().log().loss() {
        None => Ok(()),
        Some(_) => Err(Trouble::LogRestored.into()),
    }
}

/// Writes the problem document, if there is a problem, and the request's id.
fn finished(mut response: Response, id: Uuid) -> Response {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let document =
            serde_json::to_vec(&problem.body(Some(id))).expect("a problem has a JSON form");
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        *response.body_mut() = Body::from(document);
    }
    let value = HeaderValue::try_from(id.to_string()).expect("a UUID is a header value");
    response.headers_mut().insert(X_REQUEST_ID, value);
    response
}

/// A request as the security audit names it.
struct Asked {
    claimed: (Option<PersonId>, Option<UnitId>),
    id: RequestId,
    is_command: bool,
    action: String,
}

/// Writes what was refused before the engine was asked to the security audit: commands, and reads
/// without permission. The refusal is not answered when it cannot be written.
async fn audited(app: &App, response: Response, asked: Asked) -> Response {
    let refusal = response.extensions().get::<Problem>();
    let code = refusal.and_then(Problem::unaudited_refusal);
    let Some(code) = code.filter(|code| asked.is_command || *code == Code::NoPermission.code())
    else {
        return response;
    };
    let (person, unit) = asked.claimed;
    let entry = AuditEntry {
        at: app.now().micros(),
        actor: person.map(|person| person.0),
        unit: unit.map(|unit| unit.0),
        action: asked.action,
        subject: None,
        result: "refused".to_owned(),
        code: Some(code.to_owned()),
        correlation: Some(asked.id.0.to_string()),
    };
    match app.engine().audit(vec![entry]).await {
        Ok(()) => response,
        Err(failure) => Problem::from(failure).into_response(),
    }
}

/// Answers a panic. Its message may hold anything, so it goes nowhere.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::from(Trouble::Internal).into_response()
}

/// Answers an address that no route has.
pub async fn no_route() -> Problem {
    Trouble::RouteNotFound.into()
}

/// Answers a method that a route does not know.
pub async fn no_method() -> Problem {
    Trouble::MethodNotAllowed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_a_problem() {
        let never = limited(Duration::from_millis(1), std::future::pending()).await;
        let problem = never.extensions().get::<Problem>().map(Problem::code);
        assert_eq!(problem, Some("UNAVAILABLE"));
    }

    /// Hears what is told where only warnings are asked for.
    #[derive(Default)]
    struct Ear(std::sync::Mutex<String>);

    impl tracing::Subscriber for &'static Ear {
        fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
            *metadata.level() <= tracing::Level::WARN
        }
        fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
            span.record(
                &mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                    let mut heard = self.0.lock().expect("nobody panics with it");
                    heard.push_str(&format!("{field}={value:?}"));
                },
            );
            tracing::span::Id::from_u64(1)
        }
        fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
        fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
        fn event(&self, _: &tracing::Event<'_>) {}
        fn enter(&self, _: &tracing::span::Id) {}
        fn exit(&self, _: &tracing::span::Id) {}
    }

    #[test]
    fn a_request_id_stands_before_warnings_where_nothing_else_is_told() {
        static EAR: std::sync::LazyLock<Ear> = std::sync::LazyLock::new(Ear::default);
        let id = Uuid::from_u128(7);
        tracing::subscriber::with_default(&*EAR, || named_span(id));
        let heard = EAR.0.lock().expect("nobody panics with it").clone();
        assert_eq!(heard, format!("request_id={id}"));
    }

    #[test]
    fn a_client_may_name_the_log_or_one_incarnation_of_it() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (named, same) in [
            (one.to_string(), true),
            (format!("{one}.3"), true),
            (format!("{one}.2"), false),
            (format!("{one}.4"), false),
            (format!("{one}."), false),
            (format!("{one}.x"), false),
            (format!("{one}.3.1"), false),
            (two.to_string(), false),
            (format!("{two}.3"), false),
            (String::new(), false),
        ] {
            assert_eq!(is_named(&named, one, 3), same, "{named}");
        }
    }

    #[test]
    fn a_request_id_that_is_no_uuid_is_not_taken_over() {
        let named = |text: &str| {
            let value = HeaderValue::from_str(text).expect("a header value");
            named_id(&HeaderMap::from_iter([(X_REQUEST_ID, value)]))
        };
        assert_eq!(named("13900000001"), None);
        assert!(named("0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41").is_some());
    }
}
