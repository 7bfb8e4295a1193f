use crate::front::Front;
use crate::metadata::OwnFingerprint;
use crate::{Codec, KeyState, Metadata, ReadError, Request, seal, stream_of, upcast};
use docket_domain::event::DecodeError;
use docket_domain::time::Instant;
use docket_domain::{Author, Envelope, Event, Stream};
use docket_store::Recorded;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// A stored event, readable again.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The stream it belongs to.
    pub stream: Stream,
    /// The event as `evolve` sees it.
    pub envelope: Envelope,
    /// Its circumstances.
    pub metadata: Metadata,
    /// The request behind its command; on the command's first event only.
    pub request: Option<Request>,
    /// Whether it had a sealed part whose key was destroyed since. The personal half and the
    /// request are gone then.
    pub erased: bool,
}

/// The plain text of a sealed part.
#[derive(Default, Deserialize)]
struct SealedPart<'a> {
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    request: Option<Request>,
}

/// The personal half alone, for a reader that asks nothing of the request.
#[derive(Default, Deserialize)]
struct PersonalHalf<'a> {
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
}

/// The circumstances that folding asks for.
#[derive(Deserialize)]
struct Circumstances {
    at: Instant,
    author: Author,
}

impl Circumstances {
    /// They stand at the front of the metadata; where they do not, all of it is read.
    fn read(metadata: &str) -> serde_json::Result<Self> {
        let mut front = Front::of(metadata.as_bytes());
        match (front.member("at"), front.member("author")) {
            (Some(at), Some(author)) => Ok(Self { at, author }),
            _ => serde_json::from_str(metadata),
        }
    }
}

impl<'a> PersonalHalf<'a> {
    /// It stands at the front of the sealed part, if there is one.
    fn read(plain: &'a [u8]) -> serde_json::Result<Self> {
        match Front::of(plain).member("data") {
            Some(data) => Ok(Self { data: Some(data) }),
            None => serde_json::from_slice(plain),
        }
    }
}

/// Buffers that the events of one batch share.
#[derive(Default)]
pub(crate) struct Scratch {
    aad: Vec<u8>,
    plain: Vec<u8>,
}

impl Codec {
    /// Reads a stored event of today's schema or an older one. `key` is the key of its stream.
    ///
    /// # Errors
    /// [`ReadError::Unknown`] for what a newer Docket wrote, before anything else is looked at;
    /// [`ReadError::KeyMissing`] for a sealed part without a key; [`ReadError::Corrupt`] for all
    /// that cannot be what was written.
    pub fn decode(log_id: Uuid, recorded: &Recorded, key: &KeyState) -> Result<Opened, ReadError> {
        decode_with(log_id, recorded, key, &mut Scratch::default())
    }

    /// Reads of a stored event what folding needs: its stream and envelope.
    ///
    /// # Errors
    /// As [`Codec::decode`], but what stands behind the author in the metadata, and behind the
    /// personal half in the sealed part, is not looked at.
    pub fn envelope(
        log_id: Uuid,
        recorded: &Recorded,
        key: &KeyState,
    ) -> Result<(Stream, Envelope), ReadError> {
        envelope_with(log_id, recorded, key, &mut Scratch::default())
    }
}

/// What folding needs of a stored event: its stream and envelope. The rest of the metadata and the
/// request are skipped over, which makes a bulk replay markedly faster.
pub(crate) fn envelope_with(
    log_id: Uuid,
    recorded: &Recorded,
    key: &KeyState,
    scratch: &mut Scratch,
) -> Result<(Stream, Envelope), ReadError> {
    let stream = stream_of(&recorded.stream).ok_or_else(|| unknown(recorded))?;
    if !upcast::knows(&recorded.kind, recorded.schema) {
        return Err(unknown(recorded));
    }
    let told = Circumstances::read(&recorded.metadata)
        .map_err(|error| malformed(recorded, "metadata", &error))?;
    let half = match open_plain(log_id, recorded, key, scratch)? {
        Some(plain) => {
            PersonalHalf::read(plain).map_err(|error| malformed(recorded, "sealed part", &error))?
        }
        None => PersonalHalf::default(),
    };
    let event = decode_event(recorded, half.data.map(RawValue::get))?;
    let envelope = Envelope {
        version: recorded.version,
        position: recorded.position,
        at: told.at,
        author: told.author,
        event,
    };
    Ok((stream, envelope))
}

pub(crate) fn decode_with(
    log_id: Uuid,
    recorded: &Recorded,
    key: &KeyState,
    scratch: &mut Scratch,
) -> Result<Opened, ReadError> {
    let stream = stream_of(&recorded.stream).ok_or_else(|| unknown(recorded))?;
    if !upcast::knows(&recorded.kind, recorded.schema) {
        return Err(unknown(recorded));
    }
    let metadata: Metadata = serde_json::from_str(&recorded.metadata)
        .map_err(|error| malformed(recorded, "metadata", &error))?;
    let erased = recorded.sealed.is_some() && *key == KeyState::Destroyed;
    let part = open_part(log_id, recorded, key, scratch)?;
    let event = decode_event(recorded, part.data.map(RawValue::get))?;
    let request = match part.request {
        None if !stream.category.holds_personal_data() => own_fingerprint(recorded)?,
        request => request,
    };
    let envelope = Envelope {
        version: recorded.version,
        position: recorded.position,
        at: metadata.at,
        author: metadata.author,
        event,
    };
    Ok(Opened {
        stream,
        envelope,
        metadata,
        request,
        erased,
    })
}

fn open_part<'a>(
    log_id: Uuid,
    recorded: &Recorded,
    key: &KeyState,
    scratch: &'a mut Scratch,
) -> Result<SealedPart<'a>, ReadError> {
    match open_plain(log_id, recorded, key, scratch)? {
        None => Ok(SealedPart::default()),
        Some(plain) => serde_json::from_slice(plain)
            .map_err(|error| malformed(recorded, "sealed part", &error)),
    }
}

/// The plain text of a sealed part; none where there is no part or its key was destroyed.
fn open_plain<'a>(
    log_id: Uuid,
    recorded: &Recorded,
    key: &KeyState,
    scratch: &'a mut Scratch,
) -> Result<Option<&'a [u8]>, ReadError> {
    let Some(sealed) = &recorded.sealed else {
        return Ok(None);
    };
    let key = match key {
        KeyState::Known(key) => key,
        KeyState::Destroyed => return Ok(None),
        KeyState::None => {
            return Err(ReadError::KeyMissing {
                stream: recorded.stream.clone(),
                position: recorded.position,
            });
        }
    };
    seal::bind(
        &mut scratch.aad,
        log_id,
        recorded.stream.as_str(),
        &recorded.kind,
        recorded.schema,
    );
    seal::open(key, &scratch.aad, sealed, &mut scratch.plain)
        .map_err(|error| corrupt(recorded, error.to_string()))?;
    Ok(Some(&scratch.plain))
}

fn decode_event(recorded: &Recorded, personal: Option<&str>) -> Result<Event, ReadError> {
    let read = match upcast::to_today(&recorded.kind, recorded.schema, &recorded.payload, personal)
    {
        None => Event::decode(&recorded.kind, recorded.schema, &recorded.payload, personal),
        Some(Ok(today)) => Event::decode(
            &recorded.kind,
            today.schema,
            &today.payload,
            today.personal.as_deref(),
        ),
        Some(Err(what)) => return Err(corrupt(recorded, what.to_owned())),
    };
    read.map_err(|error| match error {
        DecodeError::Unknown { .. } => unknown(recorded),
        DecodeError::Malformed { error, .. } => corrupt(recorded, error),
    })
}

fn own_fingerprint(recorded: &Recorded) -> Result<Option<Request>, ReadError> {
    let own: OwnFingerprint = serde_json::from_str(&recorded.metadata)
        .map_err(|error| malformed(recorded, "metadata", &error))?;
    Ok(own.fingerprint.map(|fingerprint| Request {
        fingerprint,
        client: None,
    }))
}

fn unknown(recorded: &Recorded) -> ReadError {
    ReadError::Unknown {
        kind: recorded.kind.clone(),
        schema: recorded.schema,
        position: recorded.position,
    }
}

/// Names the place only: the parser's own words may quote a value.
fn malformed(recorded: &Recorded, part: &str, error: &serde_json::Error) -> ReadError {
    corrupt(
        recorded,
        format!("{part}, line {} column {}", error.line(), error.column()),
    )
}

fn corrupt(recorded: &Recorded, what: String) -> ReadError {
    ReadError::Corrupt {
        position: recorded.position,
        kind: recorded.kind.clone(),
        what,
    }
}
