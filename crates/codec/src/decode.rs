use crate::front::Front;
use crate::seal::{self, Bound};
use crate::{Codec, KeyState, Metadata, ReadError, Request, Sealer, stream_of, upcast};
use docket_domain::event::DecodeError;
use docket_domain::time::Instant;
use docket_domain::{Author, Envelope, Event, Stream};
use docket_store::{Header, Recorded, leaf};
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
    /// Whether its key was destroyed since. The personal half and the request are gone then.
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
    /// It stands at the front of the sealed part.
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
    /// Reads a stored event of today's schema or an older one, after its leaf was recomputed. `key`
    /// is that of the event's [`Sealer`].
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] for all that cannot be what was written; [`ReadError::Unknown`] for
    /// what a newer Docket wrote; [`ReadError::KeyMissing`] where the log's own key is not there.
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

    /// Reads of a stored event what its leaf proves, for tools without keys: the sealed part stays
    /// closed, as if its key had been destroyed, and nothing proves who wrote the event.
    ///
    /// # Errors
    /// As [`Codec::decode`].
    pub fn unopened(log_id: Uuid, recorded: &Recorded) -> Result<Envelope, ReadError> {
        proven(log_id, recorded)?;
        let told = Circumstances::read(&recorded.metadata)
            .map_err(|error| malformed(recorded, "metadata", &error))?;
        Ok(Envelope {
            version: recorded.version,
            position: recorded.position,
            at: told.at,
            author: told.author,
            event: decode_event(recorded, None)?,
        })
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
    let (header, stream) = proven(log_id, recorded)?;
    let told = Circumstances::read(&recorded.metadata)
        .map_err(|error| malformed(recorded, "metadata", &error))?;
    let half = match open_plain(&header, &stream, recorded, key, scratch)? {
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
    let (header, stream) = proven(log_id, recorded)?;
    let metadata: Metadata = serde_json::from_str(&recorded.metadata)
        .map_err(|error| malformed(recorded, "metadata", &error))?;
    let plain = open_plain(&header, &stream, recorded, key, scratch)?;
    let erased = plain.is_none();
    let part: SealedPart<'_> = match plain {
        None => SealedPart::default(),
        Some(plain) => serde_json::from_slice(plain)
            .map_err(|error| malformed(recorded, "sealed part", &error))?,
    };
    let event = decode_event(recorded, part.data.map(RawValue::get))?;
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
        request: part.request,
        erased,
    })
}

/// The header of an event whose stored leaf is the hash of what is stored, and its stream.
///
/// The leaf comes first: an event whose type somebody changed to one that no build knows must not
/// pass for one of a newer Docket, which stops every reader.
fn proven(log_id: Uuid, recorded: &Recorded) -> Result<(Header, Stream), ReadError> {
    let header = Header::of(log_id, recorded);
    if leaf(&header) != recorded.leaf {
        return Err(corrupt(
            recorded,
            "its leaf is not the hash of what is stored".to_owned(),
        ));
    }
    let stream = stream_of(&recorded.stream).ok_or_else(|| unknown(recorded))?;
    if !upcast::knows(&recorded.kind, recorded.schema) {
        return Err(unknown(recorded));
    }
    Ok((header, stream))
}

/// The plain text of a sealed part; none where the key of its stream was destroyed.
fn open_plain<'a>(
    header: &Header,
    stream: &Stream,
    recorded: &Recorded,
    key: &KeyState,
    scratch: &'a mut Scratch,
) -> Result<Option<&'a [u8]>, ReadError> {
    let own = Sealer::of(stream.category, &recorded.kind) == Sealer::Stream;
    let key = match key {
        KeyState::Known(key) => key,
        KeyState::Destroyed if own => return Ok(None),
        KeyState::None if own => return Err(corrupt(recorded, "its key is gone".to_owned())),
        KeyState::Destroyed | KeyState::None => {
            return Err(ReadError::KeyMissing {
                stream: recorded.stream.clone(),
                position: recorded.position,
            });
        }
    };
    let bound = Bound {
        log: header.log,
        stream: recorded.stream.as_str(),
        kind: &recorded.kind,
        schema: recorded.schema,
        payload: header.payload_hash,
        metadata: header.metadata_hash,
    };
    bound.write(&mut scratch.aad);
    seal::open(key, &scratch.aad, &recorded.sealed, &mut scratch.plain)
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
