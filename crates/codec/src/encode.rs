use crate::seal::{self, Bound};
use crate::upcast::{self, Form};
use crate::{DataKey, EncodeError, LEVEL, Metadata, Request, Sealer, stream_id};
use docket_domain::log::Level;
use docket_domain::{Event, Stream};
use docket_store::{NewEvent, sha256};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// One event to the row the log stores, and back.
pub struct Codec;

/// The log an event is made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogAt {
    /// Which log.
    pub id: Uuid,
    /// Its level: the event is written in the newest form that came with it or before.
    pub level: Level,
}

impl LogAt {
    /// A log at the newest level this build knows.
    pub const fn newest(id: Uuid) -> Self {
        Self { id, level: LEVEL }
    }
}

/// The plain text of a sealed part.
#[derive(Serialize)]
struct SealedPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Request>,
}

impl Codec {
    /// Makes an event ready for the log. `request` goes with the command's first event, `nonce` is
    /// fresh for every event, and `key` is that of the event's [`Sealer`].
    ///
    /// The client's address is not kept where the log's own key seals: that key is never destroyed.
    ///
    /// # Errors
    /// [`EncodeError::AboveLevel`] when the log's level has no form that says it;
    /// [`EncodeError::NotSealable`] when an event names a person on a stream that must not.
    pub fn encode(
        log: LogAt,
        stream: &Stream,
        event: &Event,
        metadata: &Metadata,
        request: Option<&Request>,
        key: &DataKey,
        nonce: [u8; 24],
    ) -> Result<NewEvent, EncodeError> {
        let Form {
            schema,
            payload,
            personal,
        } = upcast::at_level(event, log.level).map_err(|what| EncodeError::AboveLevel {
            kind: event.kind(),
            level: log.level,
            what,
        })?;
        let name = stream_id(log.id, stream);
        let request = match Sealer::of(stream.category, event.kind()) {
            Sealer::Stream => request.cloned(),
            Sealer::Log if personal.is_some() => {
                return Err(EncodeError::NotSealable {
                    stream: name,
                    kind: event.kind(),
                });
            }
            Sealer::Log => request.map(Request::without_client),
        };
        let metadata = serde_json::to_string(metadata).expect("metadata is plain JSON");
        let bound = Bound {
            log: log.id,
            stream: name.as_str(),
            kind: event.kind(),
            schema,
            payload: sha256(payload.as_bytes()),
            metadata: sha256(metadata.as_bytes()),
        };
        let mut aad = Vec::new();
        bound.write(&mut aad);
        let plain = sealed_text(personal, request.as_ref());
        Ok(NewEvent {
            kind: event.kind().to_owned(),
            schema,
            payload,
            sealed: seal::seal(key, &aad, nonce, plain.as_bytes()),
            metadata,
        })
    }
}

/// Also where nothing is personal: an empty object authenticates the payload and the metadata.
fn sealed_text(personal: Option<String>, request: Option<&Request>) -> String {
    let data = personal.map(|text| RawValue::from_string(text).expect("serde_json wrote it"));
    let part = SealedPart {
        data: data.as_deref(),
        request,
    };
    serde_json::to_string(&part).expect("a sealed part is plain JSON")
}
