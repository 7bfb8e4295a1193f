use crate::metadata::Fingerprinted;
use crate::{DataKey, EncodeError, Metadata, Request, seal, stream_id};
use docket_domain::{Event, Stream};
use docket_store::NewEvent;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// One event to the row the log stores, and back.
pub struct Codec;

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
    /// [`EncodeError::KeyNeeded`] when something must be sealed and `key` is `None`;
    /// [`EncodeError::NotSealable`] when an event names a person on a stream that must not.
    pub fn encode(
        log_id: Uuid,
        stream: &Stream,
        event: &Event,
        metadata: &Metadata,
        request: Option<&Request>,
        key: Option<&DataKey>,
        nonce: [u8; 24],
    ) -> Result<NewEvent, EncodeError> {
        let sealable = stream.category.holds_personal_data();
        let personal = event.personal().expect("the personal half is plain JSON");
        if personal.is_some() && !sealable {
            return Err(EncodeError::NotSealable {
                stream: stream_id(stream),
                kind: event.kind(),
            });
        }
        let plain = sealed_text(personal, request.filter(|_| sealable));
        let sealed = match (plain, key) {
            (None, _) => None,
            (Some(plain), Some(key)) => Some(seal_event(log_id, stream, event, key, nonce, &plain)),
            (Some(_), None) => {
                return Err(EncodeError::KeyNeeded {
                    stream: stream_id(stream),
                    kind: event.kind(),
                });
            }
        };
        Ok(NewEvent {
            kind: event.kind().to_owned(),
            schema: event.schema(),
            payload: event.payload().expect("the public half is plain JSON"),
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

fn seal_event(
    log_id: Uuid,
    stream: &Stream,
    event: &Event,
    key: &DataKey,
    nonce: [u8; 24],
    plain: &str,
) -> Vec<u8> {
    let mut aad = Vec::new();
    seal::bind(
        &mut aad,
        log_id,
        stream_id(stream).as_str(),
        event.kind(),
        event.schema(),
    );
    seal::seal(key, &aad, nonce, plain.as_bytes())
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
