use crate::access::viewed;
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::schema::{At, Id};
use crate::state_view::ContentState;
use crate::texts::text;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_codec::{Opened, ReadError};
use docket_domain::time::Instant;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Author, Code, Event, PersonId, Role, Stream, UnitId};
use docket_store::{Header, Recorded};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A declaration's events as the log holds them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// The stream, as the headers name it.
    stream: String,
    /// How many events it has.
    version: u64,
    /// Oldest first.
    items: Vec<StoredEvent>,
}

/// One event; docs/log-format.md says how to check it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoredEvent {
    /// The hashed header, base64.
    header: String,
    /// JSON text as stored.
    payload: String,
    /// The ciphertext, base64.
    sealed: String,
    /// JSON text as stored.
    metadata: String,
    /// `SHA-256(0x00 || header)`, hex.
    leaf: String,
    /// What the caller may read of it; null where it cannot be read.
    #[schema(value_type = Option<OpenedEvent>)]
    opened: Option<OpenedEvent>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Unopened>,
}

/// Why an event cannot be read. What is stored of it stands beside.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unopened {
    /// The code.
    #[schema(example = "CORRUPT")]
    code: &'static str,
    /// What an auditor reads.
    title: &'static str,
    /// What is wrong, without what is stored.
    detail: String,
}

impl From<ReadError> for Unopened {
    fn from(error: ReadError) -> Self {
        Self {
            code: Trouble::Corrupt.code(),
            title: Trouble::Corrupt.title(),
            detail: error.to_string(),
        }
    }
}

/// An event as it reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedEvent {
    /// Event type.
    #[serde(rename = "type")]
    kind: String,
    /// From 1.
    version: u64,
    /// Place in the log.
    position: u64,
    #[schema(value_type = At)]
    at: Instant,
    author: AuthorView,
    /// The public half, in today's schema.
    #[schema(value_type = Object)]
    data: Value,
    /// The sealed half.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    personal: Option<Value>,
    /// The client's address, on the first event of a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    /// Whether the sealed half was erased.
    erased: bool,
    /// What has become of the text that the event saved, for one that saved a section's.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentState>,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    person_id: Option<PersonId>,
    /// In what capacity.
    #[schema(value_type = String, example = "operator")]
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    unit_id: Option<UnitId>,
}

impl From<Author> for AuthorView {
    fn from(author: Author) -> Self {
        Self {
            person_id: author.person,
            role: author.role,
            unit_id: author.unit,
        }
    }
}

/// Lists a declaration's events as the log holds them
///
/// For auditors: all that is needed to recompute every leaf, and what the events say.
#[utoipa::path(
    get,
    path = "/declarations/{id}/events",
    tag = "audit",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = Events)),
)]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    request: RequestId,
    params: Params,
) -> Result<Answer<Events>, Problem> {
    let seen = params.settled(&app).await?;
    let caller = caller.in_role(SystemRole::Auditor)?;
    let stream = Stream::declaration(id);
    let recorded = app.engine().recorded(&stream).await?;
    let last = recorded.last().ok_or(Code::NotFound)?.version;
    viewed(&app, &caller, request, "view_events", &stream).await?;
    let opened = app.engine().open_each(&recorded).await?;
    let log = app.engine().log().id();
    let mut items = Vec::with_capacity(recorded.len());
    for (recorded, opened) in recorded.iter().zip(opened) {
        let content = content_of(&app, &stream, &opened).await?;
        items.push(stored(log, recorded, opened, content)?);
    }
    let events = Events {
        stream: stream.to_string(),
        version: last,
        items,
    };
    Ok(Answer::new(seen, events).at_version(last))
}

async fn content_of(
    app: &App,
    stream: &Stream,
    opened: &Result<Opened, ReadError>,
) -> Result<Option<ContentState>, Problem> {
    let Ok(opened) = opened else {
        return Ok(None);
    };
    let Event::SectionSaved(saved) = &opened.envelope.event else {
        return Ok(None);
    };
    let position = opened.envelope.position;
    let text = text(app, stream, &saved.document, position).await?;
    Ok(Some(text.content))
}

fn stored(
    log: Uuid,
    recorded: &Recorded,
    opened: Result<Opened, ReadError>,
    content: Option<ContentState>,
) -> Result<StoredEvent, Problem> {
    let (opened, problem) = match opened {
        Ok(opened) => (Some(readable(opened, content)?), None),
        Err(error) => (None, Some(error.into())),
    };
    Ok(StoredEvent {
        header: STANDARD.encode(Header::of(log, recorded).bytes()),
        payload: recorded.payload.clone(),
        sealed: STANDARD.encode(&recorded.sealed),
        metadata: recorded.metadata.clone(),
        leaf: hex::encode(recorded.leaf),
        opened,
        problem,
    })
}

fn readable(opened: Opened, content: Option<ContentState>) -> Result<OpenedEvent, Problem> {
    let parsed =
        |text: &str| serde_json::from_str(text).map_err(|_| Problem::from(Trouble::Corrupt));
    let event = &opened.envelope.event;
    let data = event.payload().map_err(|_| Trouble::Corrupt)?;
    let personal = event.personal().map_err(|_| Trouble::Corrupt)?;
    Ok(OpenedEvent {
        kind: event.kind().to_owned(),
        version: opened.envelope.version,
        position: opened.envelope.position,
        at: opened.envelope.at,
        author: opened.envelope.author.into(),
        data: parsed(&data)?,
        personal: personal.as_deref().map(parsed).transpose()?,
        client: opened.request.and_then(|request| request.client),
        erased: opened.erased,
        content,
    })
}
