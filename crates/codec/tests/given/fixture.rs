//! The stored samples and schemas of the repository.

use super::{LOG, key, metadata, sealed_by_hand, stream_for};
use boon::{Compiler, Draft, SchemaIndex, Schemas};
use docket_codec::{Codec, KeyState, ReadError, versions};
use docket_domain::Event;
use docket_store::Recorded;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// One stored sample.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    #[serde(rename = "type")]
    pub kind: String,
    pub schema: u16,
    pub payload: Box<RawValue>,
    pub personal: Option<Box<RawValue>>,
}

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .join(name)
        .join("events")
}

pub fn read(folder_name: &str, kind: &str, schema: u16) -> String {
    let path = folder(folder_name).join(format!("{kind}.v{schema}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn fixtures() -> Vec<Fixture> {
    let fixture = |(kind, schema): &(&str, u16)| {
        let fixture: Fixture = serde_json::from_str(&read("fixtures", kind, *schema)).unwrap();
        assert_eq!((fixture.kind.as_str(), fixture.schema), (*kind, *schema));
        fixture
    };
    versions().iter().map(fixture).collect()
}

impl Fixture {
    /// As the schemas describe it.
    pub fn instance(&self) -> Value {
        let half = |text: &RawValue| serde_json::from_str::<Value>(text.get()).unwrap();
        let mut instance = json!({ "payload": half(&self.payload) });
        if let Some(personal) = &self.personal {
            instance["sealed"] = half(personal);
        }
        instance
    }

    pub fn open(&self, instance: &Value) -> Result<Event, ReadError> {
        let sealed = instance.get("sealed").map(Value::to_string);
        self.open_text(&instance["payload"].to_string(), sealed.as_deref())
    }

    pub fn open_text(&self, payload: &str, personal: Option<&str>) -> Result<Event, ReadError> {
        let plain = personal.map_or("{}".to_owned(), |text| format!(r#"{{"data":{text}}}"#));
        let recorded = self.stored(payload, &plain);
        Codec::decode(LOG, &recorded, &KeyState::Known(key(5))).map(|opened| opened.envelope.event)
    }

    /// As it lies in the log, with this plain text in its sealed part.
    pub fn stored(&self, payload: &str, plain: &str) -> Recorded {
        let recorded = Recorded {
            position: 7,
            version: 3,
            stream: docket_codec::stream_id(LOG, &stream_for(self.personal.is_some())),
            kind: self.kind.clone(),
            schema: self.schema,
            payload: payload.to_owned(),
            sealed: Vec::new(),
            metadata: serde_json::to_string(&metadata()).unwrap(),
            recorded_at: 0,
            leaf: [0; 32],
        };
        sealed_by_hand(recorded, 5, plain.as_bytes())
    }
}

pub fn compiled(kind: &str, schema: u16) -> (Schemas, SchemaIndex) {
    let text = read("schemas", kind, schema);
    let url = format!("urn:docket:event:{kind}:{schema}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["$id"], url, "a schema's $id names its event");
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    compiler.add_resource(&url, value).unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile(&url, &mut schemas).unwrap();
    (schemas, index)
}

pub fn fixture(kind: &str, schema: u16) -> Fixture {
    fixtures()
        .into_iter()
        .find(|fixture| fixture.kind == kind && fixture.schema == schema)
        .unwrap()
}
