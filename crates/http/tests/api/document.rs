//! The OpenAPI document.

use crate::support::Service;
use axum::http::Method;
use docket_http::openapi_json;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::Value;

on_both_engines!(async:
    the_service_hands_out_its_document,
);

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/openapi.json");

#[test]
fn the_checked_in_document_is_the_generated_one() {
    let generated = openapi_json();
    if std::env::var_os("DOCKET_REGEN").is_some() {
        std::fs::write(PATH, &generated).unwrap();
    }
    let stored = std::fs::read_to_string(PATH).unwrap();
    assert!(
        stored == generated,
        "schemas/openapi.json is stale: run `cargo xtask regen`"
    );
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                found.push(reference.to_owned());
            }
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[test]
fn every_operation_has_an_id_of_its_own_a_tag_and_a_problem() {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} stands twice");
            assert!(operation["tags"][0].is_string(), "{method} {path}");
            assert!(operation["responses"]["500"].is_object(), "{method} {path}");
        }
    }
}

async fn the_service_hands_out_its_document(engine: Engine) {
    let service = Service::start(engine).await;
    let reply = service.call(Method::GET, "/openapi.json").ok().await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.text, openapi_json());
}
