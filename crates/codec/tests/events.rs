//! Every event version has a schema and a stored sample, and they agree with each other and with
//! the code.

#![allow(clippy::unwrap_used)]

use docket_codec::{Codec, KeyState, ReadError, Sealer, level_of, versions};
use docket_domain::{Category, Event};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;

mod given;
use given::fixture::{Fixture, compiled, fixture, fixtures, folder, read};
use given::{LOG, key, sealed_by_hand};

#[test]
fn every_event_version_has_a_schema_and_a_sample_and_nothing_else_has() {
    let due: BTreeSet<String> = versions()
        .iter()
        .map(|(kind, schema)| format!("{kind}.v{schema}.json"))
        .collect();
    for name in ["schemas", "fixtures"] {
        let found: BTreeSet<String> = fs::read_dir(folder(name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(found, due, "{name}/events");
    }
}

/// Twice, so that a released form cannot slip into another level unseen: schemas never change.
#[test]
fn every_schema_names_the_level_it_came_with() {
    for (kind, schema) in versions() {
        let text: Value = serde_json::from_str(&read("schemas", kind, schema)).unwrap();
        let named = text["x-level"].as_u64();
        assert_eq!(
            named,
            level_of(kind, schema).map(u64::from),
            "{kind}.v{schema}"
        );
    }
    assert_eq!(level_of("Reported", 3), None);
}

#[test]
fn every_sample_is_what_its_schema_says() {
    for fixture in fixtures() {
        let (schemas, index) = compiled(&fixture.kind, fixture.schema);
        if let Err(error) = schemas.validate(&fixture.instance(), index) {
            panic!("{}.v{}: {error}", fixture.kind, fixture.schema);
        }
    }
}

#[test]
fn every_sample_is_read_and_one_of_today_is_written_as_it_stands() {
    for fixture in fixtures() {
        let personal = fixture.personal.as_deref().map(RawValue::get);
        let event = fixture.open_text(fixture.payload.get(), personal).unwrap();
        assert_eq!(event.kind(), fixture.kind);
        assert_eq!(
            event.personal().unwrap().is_some(),
            personal.is_some(),
            "{}",
            fixture.kind
        );
        if event.schema() == fixture.schema {
            assert_eq!(
                event.payload().unwrap(),
                fixture.payload.get(),
                "{}",
                fixture.kind
            );
            assert_eq!(
                event.personal().unwrap().as_deref(),
                personal,
                "{}",
                fixture.kind
            );
        }
    }
}

#[test]
fn every_sample_is_read_without_its_personal_half() {
    for fixture in fixtures() {
        let event = fixture.open_text(fixture.payload.get(), None).unwrap();
        assert_eq!(event.personal().unwrap(), None, "{}", fixture.kind);
    }
}

/// With and without a request behind the personal half, and after the key is gone.
#[test]
fn folding_reads_of_every_sample_what_opening_reads() {
    let request = format!(r#""request":{{"fingerprint":"{}"}}"#, "ab".repeat(32));
    for fixture in fixtures() {
        let payload = fixture.payload.get();
        let data = fixture.personal.as_ref();
        let data = data.map(|text| format!(r#""data":{text}"#));
        let half = data.as_ref().map(|data| format!("{{{data}}}"));
        let both = data.map(|data| format!("{{{data},{request}}}"));
        let bare = [Some("{}".to_owned()), Some(format!("{{{request}}}"))];
        let texts = [half, both].into_iter().chain(bare).flatten();
        for stored in texts.map(|text| fixture.stored(payload, &text)) {
            let category = Category::parse(stored.stream.category()).unwrap();
            let known = KeyState::Known(key(5));
            let keys = match Sealer::of(category, &stored.kind) {
                Sealer::Stream => vec![known, KeyState::Destroyed],
                Sealer::Log => vec![known],
            };
            for key in keys {
                let opened = Codec::decode(LOG, &stored, &key).unwrap();
                let (stream, envelope) = Codec::envelope(LOG, &stored, &key).unwrap();
                assert_eq!((stream, envelope), (opened.stream, opened.envelope));
            }
        }
    }
}

/// What a replay is quick by: it must not come to read all of the metadata unnoticed.
#[test]
fn folding_stops_behind_the_author_and_the_personal_half() {
    let fixture = fixture("SignedFor", 1);
    let personal = fixture.personal.as_ref().unwrap();
    let cut_off = format!(r#"{{"data":{personal},"request":"#);
    let mut stored = fixture.stored(fixture.payload.get(), &cut_off);
    stored.metadata.pop();
    let stored = sealed_by_hand(stored, 5, cut_off.as_bytes());
    let known = KeyState::Known(key(5));
    assert!(Codec::decode(LOG, &stored, &known).is_err());
    assert!(Codec::envelope(LOG, &stored, &known).is_ok());
}

#[test]
fn an_old_sample_says_the_same_as_its_successor() {
    let section = fixture("SectionSaved", 1);
    let Event::SectionSaved(section) = section.open(&section.instance()).unwrap() else {
        panic!()
    };
    assert_eq!((section.form, section.bytes), (1, 1874));
    let report = fixture("Reported", 1);
    let today = fixture("Reported", 2);
    assert_eq!(
        report.open(&report.instance()).unwrap(),
        today.open(&today.instance()).unwrap()
    );
}

/// Takes each property out of the sample in turn: the schema must refuse what the code refuses,
/// and accept what it accepts.
#[test]
fn a_schema_requires_exactly_the_properties_the_code_requires() {
    let mut taken = 0;
    for fixture in fixtures() {
        let (schemas, index) = compiled(&fixture.kind, fixture.schema);
        let whole = fixture.instance();
        for path in paths(&whole, "") {
            let mut less = whole.clone();
            remove(&mut less, &path);
            let valid = schemas.validate(&less, index).is_ok();
            let read = fixture.open(&less).is_ok();
            assert_eq!(
                valid, read,
                "{}.v{} without {path}",
                fixture.kind, fixture.schema
            );
            taken += 1;
        }
    }
    assert!(taken > 300, "only {taken} properties");
}

#[test]
fn a_schema_refuses_a_value_of_another_shape_as_the_code_does() {
    for fixture in fixtures() {
        let (schemas, index) = compiled(&fixture.kind, fixture.schema);
        let whole = fixture.instance();
        for path in paths(&whole, "") {
            let mut other = whole.clone();
            *other.pointer_mut(&path).unwrap() = json!({ "no": ["such"] });
            let name = format!("{}.v{} {path}", fixture.kind, fixture.schema);
            assert!(
                schemas.validate(&other, index).is_err(),
                "{name}: the schema"
            );
            assert!(fixture.open(&other).is_err(), "{name}: the code");
        }
    }
}

/// JSON pointers of all properties below `payload` and `sealed`, but for names by account.
fn paths(value: &Value, base: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, child)| (format!("{base}/{key}"), child))
            .collect(),
        Value::Array(items) => {
            return items
                .iter()
                .enumerate()
                .flat_map(|(at, item)| paths(item, &format!("{base}/{at}")))
                .collect();
        }
        _ => return Vec::new(),
    };
    let below = children.iter().flat_map(|(path, child)| paths(child, path));
    let own = children.iter().map(|(path, _)| path.clone());
    own.chain(below)
        .filter(|path| path != "/payload" && !path.contains("/names/"))
        .collect()
}

fn remove(value: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    value
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .unwrap()
        .remove(key)
        .unwrap();
}

/// What a sample leaves out is not tested by it.
#[test]
fn a_sample_has_every_property_of_its_schema() {
    for fixture in fixtures() {
        let schema: Value =
            serde_json::from_str(&read("schemas", &fixture.kind, fixture.schema)).unwrap();
        for half in ["payload", "sealed"] {
            let due = properties(&schema, &schema["properties"][half]);
            let instance = fixture.instance();
            let found: BTreeSet<&String> = object(&instance[half])
                .into_iter()
                .flat_map(Map::keys)
                .collect();
            assert_eq!(found, due, "{}.v{} {half}", fixture.kind, fixture.schema);
        }
    }
}

fn properties<'a>(schema: &'a Value, half: &'a Value) -> BTreeSet<&'a String> {
    let half = match half["$ref"].as_str() {
        Some(reference) => schema.pointer(reference.trim_start_matches('#')).unwrap(),
        None => half,
    };
    object(&half["properties"])
        .into_iter()
        .flat_map(Map::keys)
        .collect()
}

fn object(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object()
}

#[test]
fn no_payload_holds_a_text_of_its_personal_half() {
    for fixture in fixtures()
        .iter()
        .filter(|fixture| fixture.personal.is_some())
    {
        let personal: Value =
            serde_json::from_str(fixture.personal.as_ref().unwrap().get()).unwrap();
        let texts = texts(&personal);
        assert!(
            !texts.is_empty(),
            "{} has an empty personal half",
            fixture.kind
        );
        for text in texts {
            assert!(
                !fixture.payload.get().contains(text),
                "{}: {text}",
                fixture.kind
            );
        }
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(object) => object.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_type_or_schema_of_a_newer_build_is_unknown_and_not_corrupt() {
    for (kind, schema) in [
        ("CertificateIssued", 1),
        ("Reported", 3),
        ("Reported", 0),
        ("reported", 1),
    ] {
        let fixture = Fixture {
            kind: kind.to_owned(),
            schema,
            payload: RawValue::from_string("[]".to_owned()).unwrap(),
            personal: None,
        };
        let unknown = ReadError::Unknown {
            kind: kind.to_owned(),
            schema,
            position: 7,
        };
        assert_eq!(
            fixture.open_text("no JSON at all", Some("{}")),
            Err(unknown.clone())
        );
        assert_eq!(fixture.open_text("[]", None), Err(unknown));
    }
}

#[test]
fn a_malformed_half_is_corrupt_and_the_error_quotes_nothing_of_it() {
    let submitted = fixture("Submitted", 1);
    let personal = submitted.personal.as_ref().unwrap().get();
    let cases = [
        (r#"{"steps":"沈知夏","requirements":[]}"#, personal),
        (
            submitted.payload.get(),
            r#"{"applicant":{"name":["沈知夏"]}}"#,
        ),
        ("沈知夏", personal),
    ];
    for (payload, personal) in cases {
        let error = submitted.open_text(payload, Some(personal)).unwrap_err();
        assert!(
            matches!(&error, ReadError::Corrupt { position: 7, kind, .. } if kind == "Submitted"),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("沈知夏"), "{error}");
    }
}
