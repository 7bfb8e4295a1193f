//! What auditors can prove.

use crate::support::Service;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::Kind;
use docket_store::sha256;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    a_stranger_can_recompute_every_leaf_from_what_is_answered,
    the_head_of_the_log_is_public_and_grows_with_it,
    an_auditor_steps_through_a_declaration,
    a_deleted_draft_keeps_its_events_and_loses_its_names,
);

fn bytes(item: &Value, name: &str) -> Vec<u8> {
    STANDARD.decode(item[name].as_str().unwrap()).unwrap()
}

async fn a_stranger_can_recompute_every_leaf_from_what_is_answered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let path = format!("/declarations/{id}/events");
    service
        .get(&cast.applicants[0], &path)
        .refused(403, "NO_PERMISSION")
        .await;
    let events = service.get(&cast.auditor, &path).ok().await;
    let items = events.body["items"].as_array().unwrap();
    assert_eq!(items.first().unwrap()["opened"]["type"], "DraftCreated");
    assert_eq!(items.last().unwrap()["opened"]["type"], "SignedFor");
    for item in items {
        let header = bytes(item, "header");
        let parts = &header[header.len() - 96..];
        assert_eq!(
            parts[..32],
            sha256(item["payload"].as_str().unwrap().as_bytes())
        );
        assert_eq!(parts[32..64], sha256(&bytes(item, "sealed")));
        assert_eq!(
            parts[64..],
            sha256(item["metadata"].as_str().unwrap().as_bytes())
        );
        let leaf = sha256(&[&[0], header.as_slice()].concat());
        assert_eq!(item["leaf"], hex::encode(leaf));
        assert!(!item["payload"].as_str().unwrap().contains("钱小一"));
    }
    assert_eq!(
        items[0]["opened"]["personal"]["applicant"]["name"],
        "钱小一"
    );
    let signer = &items.last().unwrap()["opened"]["author"];
    assert_eq!(
        *signer,
        json!({"person_id": cast.school.first.person, "role": "operator", "unit_id": cast.school.id})
    );
}

async fn the_head_of_the_log_is_public_and_grows_with_it(engine: Engine) {
    let service = Service::start(engine).await;
    let head = || service.call(axum::http::Method::GET, "/log/head");
    let before = head().ok().await;
    service
        .draft(
            &service.cast.applicants[0],
            Kind::Review,
            &service.cast.school,
        )
        .await;
    let after = head().ok().await;
    let size = service.log.head().await.unwrap().position;
    let leaves = service
        .log
        .leaves(0, usize::try_from(size).unwrap())
        .await
        .unwrap();
    assert_eq!(
        (after.body["size"].as_u64(), &after.body["log_id"]),
        (Some(size), &json!(service.log.id()))
    );
    assert_eq!(after.body["root"], hex::encode(docket_store::root(&leaves)));
    let earlier = usize::try_from(before.body["size"].as_u64().unwrap()).unwrap();
    assert_eq!(
        before.body["root"],
        hex::encode(docket_store::root(&leaves[..earlier]))
    );
    assert_eq!(after.body["at"], "2026-03-02T09:00:00+08:00");
}

async fn an_auditor_steps_through_a_declaration(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let replay = |to: &str| service.get(&cast.auditor, &format!("/declarations/{id}/replay{to}"));
    let last = replay("").ok().await;
    assert_eq!(
        (&last.body["event"], &last.body["version"]),
        (&json!("SignedFor"), &last.body["last_version"])
    );
    let changed: Vec<&str> = last.body["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["path"].as_str().unwrap())
        .collect();
    assert!(
        changed.contains(&"steps[0].state") && changed.contains(&"steps[0].handler"),
        "{changed:?}"
    );
    assert!(!changed.contains(&"status"), "{changed:?}");
    assert_eq!(last.body["state"]["steps"][0]["handler"]["name"], "赵甲");
    let first = replay("?to_version=1").ok().await;
    assert_eq!(
        (&first.body["state"]["status"], &first.body["event"]),
        (&json!("draft"), &json!("DraftCreated"))
    );
    replay("?to_version=0").refused(422, "FIELD_INVALID").await;
    replay("?to_version=99").refused(422, "FIELD_INVALID").await;
    service
        .get(&cast.school.first, &format!("/declarations/{id}/replay"))
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn a_deleted_draft_keeps_its_events_and_loses_its_names(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    service
        .delete(&cast.applicants[0], &format!("/declarations/{id}"))
        .ok()
        .await;
    let events = service
        .get(&cast.auditor, &format!("/declarations/{id}/events"))
        .ok()
        .await;
    let opened = &events.body["items"][0]["opened"];
    assert_eq!(
        (&opened["type"], &opened["erased"]),
        (&json!("DraftCreated"), &json!(true))
    );
    assert!(!events.text.contains("钱小一"));
    service
        .get(&cast.auditor, &format!("/declarations/{id}"))
        .refused(404, "NOT_FOUND")
        .await;
}
