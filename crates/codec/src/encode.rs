use crate::metadata::Fingerprinted;
use crate::upcast::{self, Form};
use crate::{DataKey, EncodeError, LEVEL, Metadata, Request, seal, stream_id};
use docket_domain::log::Level;
use docket_domain::{Event, Stream};
use docket_store::NewEvent;
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
    /// fresh for every event. Without personal data and request there is no sealed part, and no
    /// key is needed.
    ///
    /// # Errors
    /// [`EncodeError::AboveLevel`] when the log's level has no form that says it;
    /// [`EncodeError::KeyNeeded`] when something must be sealed and `key` is `None`;
    /// [`EncodeError::NotSealable`] when an event names a person on a stream that must not.
    pub fn encode(
        log: LogAt,
        stream: &Stream,
        event: &Event,
        metadata: &Metadata,
        request: Option<&Request>,
        key: Option<&DataKey>,
        nonce: [u8; 24],
    ) -> Result<NewEvent, EncodeError> {
        let sealable = stream.category.holds_personal_data();
        let Form {
            schema,
            payload,
            personal,
        } = upcast::at_level(event, log.level).map_err(|what| EncodeError::AboveLevel {
            kind: event.kind(),
            level: log.level,
            what,
        })?;
        if personal.is_some() && !sealable {
            return Err(EncodeError::NotSealable {
                stream: stream_id(stream),
                kind: event.kind(),
            });
        }
        let plain = sealed_text(personal, request.filter(|_| sealable));
        let sealed = match (plain, key) {
            (None, _) => None,
            (Some(plain), Some(key)) => {
                let mut aad = Vec::new();
                let name = stream_id(stream);
                seal::bind(&mut aad, log.id, name.as_str(), event.kind(), schema);
                Some(seal::seal(key, &aad, nonce, plain.as_bytes()))
            }
            (Some(_), None) => {
                return Err(EncodeError::KeyNeeded {
                    stream: stream_id(stream),
                    kind: event.kind(),
                });
            }
        };
        Ok(NewEvent {
            kind: event.kind().to_owned(),
            schema,
            payload,
            sealed,
            metadata: metadata_text(metadata, request.filter(|_| !sealable)),
        })
    }
}

fn sealed_text(personal: Option<String>, request: Option<&Request>) -> Option<String> {
    if personal.is_none() && request.is_none() {
        return None;
    }
    let data = personal.map(|text| RawValue::from_string(text).expect("serde_json wrote it"));
    let part = SealedPart {
        data: data.as_deref(),
        request,
    };
    Some(serde_json::to_string(&part).expect("a sealed part is plain JSON"))
}

fn metadata_text(metadata: &Metadata, request: Option<&Request>) -> String {
    match request {
        Some(Request { fingerprint, .. }) => serde_json::to_string(&Fingerprinted {
            metadata,
            fingerprint,
        }),
        None => serde_json::to_string(metadata),
    }
    .expect("metadata is plain JSON")
}
