use crate::problem::Trouble;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use docket_domain::Warning;
use docket_engine::{Accepted, EventPlace};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a query waits for the position it was asked for.
pub const BEHIND_WAIT: Duration = Duration::from_secs(2);

/// The position an answer has seen.
pub const DOCKET_POSITION: HeaderName = HeaderName::from_static("docket-position");
/// Stands where an answer has not seen the position asked for.
pub const DOCKET_BEHIND: HeaderName = HeaderName::from_static("docket-behind");
/// Whether the views have seen a command's events.
pub const DOCKET_VISIBLE: HeaderName = HeaderName::from_static("docket-visible");

/// How far an answer has seen the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The position.
    pub position: u64,
    /// Whether that is less than what was asked for.
    pub behind: bool,
}

/// The answer of a query: the body, and how far it has seen. Never stored by a cache: all of them
/// are a person's view.
pub struct Answer<T> {
    pub seen: Seen,
    pub version: Option<u64>,
    pub body: T,
}

impl<T> Answer<T> {
    /// An answer that has seen so far.
    pub fn new(seen: Seen, body: T) -> Self {
        Self {
            seen,
            version: None,
            body,
        }
    }

    /// Adds the version of what is answered as `ETag`.
    pub fn at_version(self, version: u64) -> Self {
        Self {
            version: Some(version),
            ..self
        }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(DOCKET_POSITION, self.seen.position.into());
        if self.seen.behind {
            headers.insert(DOCKET_BEHIND, HeaderValue::from_static("true"));
        }
        if let Some(version) = self.version {
            headers.insert(header::ETAG, etag(version));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// `"<version>"`
pub fn etag(version: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits in quotes are a header value")
}

/// One event of a command.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// Event type.
    #[serde(rename = "type")]
    #[schema(example = "SignedFor")]
    pub kind: String,
    /// Version in the stream.
    pub version: u64,
    /// Position in the log.
    pub position: u64,
}

impl From<EventPlace> for EventBody {
    fn from(place: EventPlace) -> Self {
        Self {
            kind: place.kind,
            version: place.version,
            position: place.position,
        }
    }
}

/// A code with what people read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Titled {
    /// The frozen code.
    pub code: String,
    /// What a clerk reads.
    pub title: String,
}

impl From<Trouble> for Titled {
    fn from(trouble: Trouble) -> Self {
        Self {
            code: trouble.code().to_owned(),
            title: trouble.title().to_owned(),
        }
    }
}

impl From<Warning> for Titled {
    fn from(warning: Warning) -> Self {
        Self {
            code: warning.code().to_owned(),
            title: warning.title().to_owned(),
        }
    }
}

/// What a command on something other than a declaration is answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminBody {
    /// Id of what was changed.
    pub id: String,
    /// Its version now.
    pub version: u64,
    /// Position of the command's last event.
    pub position: u64,
    /// The events on its own stream.
    pub events: Vec<EventBody>,
}

/// The answer of a command.
pub struct CommandAnswer<T> {
    pub status: StatusCode,
    pub version: u64,
    pub position: u64,
    pub visible: bool,
    pub body: T,
}

impl<T> CommandAnswer<T> {
    /// The same with 201.
    pub fn created(self) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..self
        }
    }
}

impl<T: Serialize> IntoResponse for CommandAnswer<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::ETAG, etag(self.version));
        headers.insert(DOCKET_POSITION, self.position.into());
        let visible = if self.visible { "true" } else { "false" };
        headers.insert(DOCKET_VISIBLE, HeaderValue::from_static(visible));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl CommandAnswer<AdminBody> {
    /// The answer of an administration command.
    pub fn administration(accepted: Accepted, visible: bool) -> Self {
        Self {
            status: StatusCode::OK,
            version: accepted.version,
            position: accepted.position,
            visible,
            body: AdminBody {
                id: accepted.stream.id,
                version: accepted.version,
                position: accepted.position,
                events: accepted.events.into_iter().map(EventBody::from).collect(),
            },
        }
    }
}
