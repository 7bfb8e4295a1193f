//! Laws of sealed parts: they come back as they were, and only under their own circumstances.

#![allow(clippy::unwrap_used)]

use docket_codec::{
    Codec, EncodeError, KeyRing, KeyState, LogAt, OsEntropy, ReadError, Reader, Request, stream_id,
};
use docket_domain::claim::ClaimTaken;
use docket_domain::declaration::{HandlerChanged, People, Remark, Terminated};
use docket_domain::unit::SignOffToggled;
use docket_domain::{Category, Event, PersonId, Stream};
use docket_store::{Log, MemoryLog, NewEvent, Recorded};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

mod given;
use given::{LOG, key, metadata, sealed_by_hand, stream_for};

const NONCE: [u8; 24] = [9; 24];

fn recorded(stream: &Stream, event: NewEvent) -> Recorded {
    Recorded {
        position: 7,
        stream: stream_id(stream),
        version: 3,
        kind: event.kind,
        schema: event.schema,
        payload: event.payload,
        sealed: event.sealed,
        metadata: event.metadata,
        recorded_at: 0,
        leaf: [0; 32],
    }
}

fn terminated(names: Vec<(u128, String)>, text: String) -> Event {
    let names = names
        .into_iter()
        .map(|(id, name)| (PersonId(Uuid::from_u128(id)), name))
        .collect();
    Terminated {
        steps: vec![],
        year: 2026,
        personal: Some(Remark { names, text }),
    }
    .into()
}

fn stored(event: &Event, request: Option<&Request>) -> Recorded {
    let stream = stream_for(true);
    let event = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        event,
        &metadata(),
        request,
        Some(&key(5)),
        NONCE,
    )
    .unwrap();
    recorded(&stream, event)
}

fn decode(recorded: &Recorded) -> Result<docket_codec::Opened, ReadError> {
    Codec::decode(LOG, recorded, &KeyState::Known(key(5)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_sealed_comes_back(
        names in vec((any::<u128>(), ".{0,8}"), 0..4),
        text in ".{0,300}",
        client in option::of(option::of("[0-9.]{1,15}")),
    ) {
        let request = client.map(|client| Request::new("POST /declarations", None, text.as_bytes(), client));
        let event = terminated(names, text);
        let recorded = stored(&event, request.as_ref());
        let opened = decode(&recorded).unwrap();
        prop_assert_eq!(opened.envelope.event, event);
        prop_assert_eq!(opened.request, request);
        prop_assert_eq!(opened.metadata, metadata());
        prop_assert_eq!(opened.stream, stream_for(true));
        prop_assert_eq!((opened.envelope.version, opened.envelope.position), (3, 7));
        prop_assert_eq!((opened.envelope.at, opened.envelope.author), (metadata().at, metadata().author));
        prop_assert!(!opened.erased);
    }

    #[test]
    fn no_byte_of_a_sealed_part_can_be_changed(text in ".{0,60}", at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut recorded = stored(&terminated(vec![], text), None);
        let sealed = recorded.sealed.as_mut().unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        let refused = decode(&recorded);
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { position: 7, .. })), "{:?}", refused);
    }

    #[test]
    fn no_part_of_a_sealed_part_can_be_left_out(text in ".{0,60}", length in any::<prop::sample::Index>()) {
        let mut recorded = stored(&terminated(vec![], text), None);
        let sealed = recorded.sealed.as_mut().unwrap();
        let length = length.index(sealed.len());
        sealed.truncate(length);
        let refused = decode(&recorded);
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { .. })), "{:?}", refused);
    }

    #[test]
    fn the_key_of_another_stream_opens_nothing(text in ".{0,60}", other in 6_u8..) {
        let recorded = stored(&terminated(vec![], text), None);
        let refused = Codec::decode(LOG, &recorded, &KeyState::Known(key(other)));
        prop_assert!(matches!(refused, Err(ReadError::Corrupt { .. })), "{:?}", refused);
    }

    #[test]
    fn a_destroyed_key_opens_as_erased(text in ".{1,60}", client in option::of("[0-9.]{1,15}")) {
        let request = Request::new("POST /declarations", None, text.as_bytes(), client);
        let recorded = stored(&terminated(vec![(1, text.clone())], text), Some(&request));
        let opened = Codec::decode(LOG, &recorded, &KeyState::Destroyed).unwrap();
        prop_assert!(opened.erased);
        prop_assert_eq!(opened.request, None);
        prop_assert_eq!(opened.envelope.event, Terminated { steps: vec![], year: 2026, personal: None }.into());
    }
}

#[test]
fn a_sealed_part_is_bound_to_log_stream_type_and_schema() {
    let recorded = stored(
        &HandlerChanged {
            steps: vec![],
            from: None,
            personal: Some(People::default()),
        }
        .into(),
        None,
    );
    decode(&recorded).unwrap();
    let other_log = Codec::decode(Uuid::from_u128(2), &recorded, &KeyState::Known(key(5)));
    assert!(matches!(other_log, Err(ReadError::Corrupt { .. })));
    let mut other_stream = recorded.clone();
    other_stream.stream = stream_id(&Stream::new(Category::Declaration, Uuid::from_u128(0x302)));
    assert!(matches!(
        decode(&other_stream),
        Err(ReadError::Corrupt { .. })
    ));
    let mut other_type = recorded.clone();
    other_type.kind = "CommitteeAccepted".to_owned();
    assert!(matches!(
        decode(&other_type),
        Err(ReadError::Corrupt { .. })
    ));
    let section = sealed_by_hand(&stream_for(true), "SectionSaved", 1, 5, b"{}");
    let payload = r#"{"section":"basic","form":1,"document":"","bytes":1,"size":1}"#.to_owned();
    let mut schema = Recorded {
        kind: "SectionSaved".to_owned(),
        schema: 1,
        payload,
        sealed: Some(section),
        ..recorded
    };
    decode(&schema).unwrap();
    schema.schema = 2;
    assert!(matches!(decode(&schema), Err(ReadError::Corrupt { .. })));
}

#[test]
fn a_sealed_part_without_a_key_stops_the_reader() {
    let recorded = stored(&terminated(vec![], "原因".to_owned()), None);
    let missing = ReadError::KeyMissing {
        stream: recorded.stream.clone(),
        position: 7,
    };
    assert_eq!(Codec::decode(LOG, &recorded, &KeyState::None), Err(missing));
}

#[test]
fn an_event_names_nobody_outside_its_sealed_part() {
    let name = "沈知夏";
    let recorded = stored(
        &terminated(vec![(1, name.to_owned())], format!("{name}撤回")),
        None,
    );
    assert!(!recorded.payload.contains(name) && !recorded.metadata.contains(name));
    assert_eq!(recorded.payload, r#"{"steps":[],"year":2026}"#);
}

#[test]
fn the_sealed_bytes_are_those_of_the_description() {
    let event = terminated(vec![], "原因".to_owned());
    let plain = r#"{"data":{"names":{},"text":"原因"}}"#;
    let by_hand = sealed_by_hand(&stream_for(true), "Terminated", 1, 5, plain.as_bytes());
    assert_eq!(stored(&event, None).sealed.unwrap(), by_hand);
}

#[test]
fn nothing_personal_means_no_sealed_part_and_no_key() {
    let stream = Stream::new(Category::Unit, Uuid::from_u128(3));
    let event = Event::from(SignOffToggled { on: true });
    let plain = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        &event,
        &metadata(),
        None,
        None,
        NONCE,
    )
    .unwrap();
    assert_eq!(plain.sealed, None);
    let recorded = recorded(&stream, plain);
    for state in [KeyState::None, KeyState::Destroyed, KeyState::Known(key(5))] {
        let opened = Codec::decode(LOG, &recorded, &state).unwrap();
        assert_eq!(
            (opened.envelope.event, opened.erased),
            (event.clone(), false)
        );
    }
}

/// Level 0 is below every form there is.
#[test]
fn an_event_whose_type_came_later_than_the_logs_level_is_not_written() {
    let stream = Stream::new(Category::Unit, Uuid::from_u128(3));
    let event = Event::from(SignOffToggled { on: true });
    let log = LogAt { id: LOG, level: 0 };
    let refused = Codec::encode(log, &stream, &event, &metadata(), None, None, NONCE);
    assert_eq!(
        refused,
        Err(EncodeError::AboveLevel {
            kind: "SignOffToggled",
            level: 0,
            what: "its type came later"
        })
    );
}

#[test]
fn what_must_be_sealed_is_never_written_without_a_key() {
    let stream = stream_for(true);
    let personal = terminated(vec![], String::new());
    let request = Request::new("POST /sign", None, b"{}", None);
    let refused = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        &personal,
        &metadata(),
        None,
        None,
        NONCE,
    );
    assert_eq!(
        refused,
        Err(EncodeError::KeyNeeded {
            stream: stream_id(&stream),
            kind: "Terminated"
        })
    );
    let toggled = SignOffToggled { on: true }.into();
    let refused = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        &toggled,
        &metadata(),
        Some(&request),
        None,
        NONCE,
    );
    assert_eq!(
        refused,
        Err(EncodeError::KeyNeeded {
            stream: stream_id(&stream),
            kind: "SignOffToggled"
        })
    );
    let keyless = stream_for(false);
    let refused = Codec::encode(
        LogAt::newest(LOG),
        &keyless,
        &personal,
        &metadata(),
        None,
        Some(&key(5)),
        NONCE,
    );
    assert_eq!(
        refused,
        Err(EncodeError::NotSealable {
            stream: stream_id(&keyless),
            kind: "Terminated"
        })
    );
}

#[test]
fn a_stream_without_a_key_keeps_the_fingerprint_and_not_the_client() {
    let stream = Stream::new(Category::Number, "20260302A1B2");
    let request = Request::new("POST /x", None, b"{}", Some("192.0.2.7".to_owned()));
    let event = ClaimTaken {
        by: Uuid::from_u128(1),
    }
    .into();
    let stored = Codec::encode(
        LogAt::newest(LOG),
        &stream,
        &event,
        &metadata(),
        Some(&request),
        None,
        NONCE,
    )
    .unwrap();
    assert_eq!(stored.sealed, None);
    assert!(!stored.metadata.contains("192.0.2.7"));
    let opened = Codec::decode(LOG, &recorded(&stream, stored), &KeyState::None).unwrap();
    assert_eq!(
        opened.request,
        Some(Request {
            client: None,
            ..request
        })
    );
    assert_eq!(opened.metadata, metadata());
}

#[test]
fn metadata_of_a_newer_build_is_read_past_its_new_fields() {
    let mut recorded = stored(&SignOffToggled { on: true }.into(), None);
    recorded
        .metadata
        .insert_str(1, r#""weather":{"sky":"blue"},"#);
    assert_eq!(decode(&recorded).unwrap().metadata, metadata());
}

#[tokio::test]
async fn a_category_of_a_newer_build_is_unknown() {
    let log: Arc<dyn Log> = Arc::new(MemoryLog::new(LOG));
    let reader = Reader::new(log, Arc::new(KeyRing::generate(&OsEntropy)));
    let mut recorded = stored(&SignOffToggled { on: true }.into(), None);
    recorded.stream = docket_store::StreamId::new("certificate", 1);
    assert!(matches!(
        reader.open(&[recorded]).await,
        Err(ReadError::Unknown { position: 7, .. })
    ));
}
