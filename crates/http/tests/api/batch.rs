//! List actions: each row stands alone.

use crate::support::Service;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};
use uuid::Uuid;

on_both_engines!(async:
    ticked_rows_are_signed_and_the_others_stay,
    each_row_has_a_result_of_its_own,
    a_key_covers_each_row_by_itself,
    reports_are_withdrawn_and_rows_taken_over_by_the_list,
    a_list_action_takes_one_to_two_hundred_rows_of_a_unit,
);

fn items(ids: &[&str]) -> Value {
    let items: Vec<Value> = ids.iter().map(|id| json!({"declaration_id": id})).collect();
    json!({"items": items})
}

async fn ticked_rows_are_signed_and_the_others_stay(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let mut ids = Vec::new();
    for applicant in &cast.applicants[..3] {
        ids.push(
            service
                .submitted(applicant, Kind::Review, &cast.school)
                .await,
        );
    }
    let who = &cast.school.first;
    let reply = service
        .post(who, "/worklist/actions/sign", items(&[&ids[0], &ids[1]]))
        .ok()
        .await;
    assert_eq!(reply.header("docket-visible"), "true");
    let results = reply.body["results"].as_array().unwrap();
    assert!(
        results
            .iter()
            .all(|result| result["done"] == true && result["version"].is_u64()),
        "{}",
        reply.text
    );
    let page = service.get(who, "/worklist").ok().await;
    assert_eq!(
        (
            &page.body["counts"]["to_sign"],
            &page.body["counts"]["to_review"]
        ),
        (&json!(1), &json!(2))
    );
}

async fn each_row_has_a_result_of_its_own(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let waiting = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let signed = service
        .signed(&cast.applicants[1], Kind::Review, &cast.school)
        .await;
    let unknown = Uuid::from_u128(1).to_string();
    let body = json!({"items": [
        {"declaration_id": signed}, {"declaration_id": waiting}, {"declaration_id": unknown},
        {"declaration_id": waiting, "version": 1},
    ]});
    let reply = service
        .post(&cast.school.first, "/worklist/actions/sign", body)
        .ok()
        .await;
    let codes: Vec<&Value> = reply.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["problem"]["code"])
        .collect();
    assert_eq!(codes[0], "WRONG_STATE");
    assert_eq!(codes[2], "NOT_FOUND");
    assert_eq!(reply.body["results"][1]["done"], true);
    assert_eq!(reply.body["results"][1]["declaration_id"], waiting);
}

async fn a_key_covers_each_row_by_itself(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let one = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let two = service
        .submitted(&cast.applicants[1], Kind::Review, &cast.school)
        .await;
    let who = &cast.school.first;
    let sign = |ids: &[&str]| {
        service
            .post(who, "/worklist/actions/sign", items(ids))
            .key(11)
    };
    let first = sign(&[&one]).ok().await;
    let both = sign(&[&one, &two]).ok().await;
    assert_eq!(both.body["results"][0], first.body["results"][0]);
    assert_eq!(both.body["results"][1]["done"], true);
    let other = service
        .post(who, "/worklist/actions/reassign", items(&[&one]))
        .key(11)
        .ok()
        .await;
    assert_eq!(
        other.body["results"][0]["problem"]["code"],
        "IDEMPOTENCY_KEY_REUSED"
    );
}

async fn reports_are_withdrawn_and_rows_taken_over_by_the_list(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    let back = service
        .post(
            &cast.school.first,
            "/worklist/actions/withdraw",
            items(&[&id]),
        )
        .ok()
        .await;
    assert_eq!(back.body["results"][0]["done"], true);
    let mine = service
        .post(
            &cast.school.second,
            "/worklist/actions/reassign",
            items(&[&id]),
        )
        .ok()
        .await;
    assert_eq!(mine.body["results"][0]["done"], true);
    let page = service
        .get(&cast.school.second, "/worklist?tab=publicizing")
        .ok()
        .await;
    assert_eq!(
        page.body["items"][0]["handler"],
        json!({"name": "李*", "me": true})
    );
}

async fn a_list_action_takes_one_to_two_hundred_rows_of_a_unit(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let sign = |body| service.post(&cast.school.first, "/worklist/actions/sign", body);
    sign(json!({"items": []}))
        .refused(422, "FIELD_REQUIRED")
        .await;
    sign(json!({})).refused(422, "FIELD_REQUIRED").await;
    let ids: Vec<String> = (0..201).map(|n| Uuid::from_u128(n).to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    sign(items(&ids)).refused(422, "FIELD_INVALID").await;
    let malformed = sign(json!({"items": [{"declaration_id": "x"}]}))
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(malformed.body["field"], "items[0].declaration_id");
    let applicant = service.post(
        &cast.applicants[0],
        "/worklist/actions/sign",
        items(&ids[..1]),
    );
    applicant.refused(403, "NO_PERMISSION").await;
}
