//! `Idempotency-Key` and `If-Match`.

use crate::support::Service;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    a_retry_answers_what_the_first_call_answered,
    a_repeated_creation_answers_the_first_draft,
    a_key_used_for_another_request_is_refused,
    a_key_is_its_callers_own,
    a_refusal_is_not_remembered,
    a_stale_version_is_refused_and_changes_nothing,
    a_section_is_saved_under_a_version_only,
);

async fn a_retry_answers_what_the_first_call_answered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let first = service
        .act(&cast.school.first, &id, "sign")
        .key(1)
        .ok()
        .await;
    let head = service.log.head().await.unwrap().position;
    let again = service
        .act(&cast.school.first, &id, "sign")
        .key(1)
        .ok()
        .await;
    assert_eq!(again.body, first.body);
    assert_eq!(service.log.head().await.unwrap().position, head);
}

async fn a_repeated_creation_answers_the_first_draft(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let body = service.draft_body(Kind::Initial, &service.cast.school);
    let first = service
        .post(applicant, "/declarations", body.clone())
        .key(7)
        .ok()
        .await;
    let again = service
        .post(applicant, "/declarations", body.clone())
        .key(7)
        .ok()
        .await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    let other = service
        .post(applicant, "/declarations", body)
        .key(8)
        .ok()
        .await;
    assert_ne!(other.id(), first.id());
    let mine = service.get(applicant, "/declarations/mine").ok().await;
    assert_eq!(mine.body["items"].as_array().unwrap().len(), 2);
}

async fn a_key_used_for_another_request_is_refused(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let path = format!("/declarations/{id}/return");
    let call = |reason: &str| {
        let body = json!({"to": "applicant", "reason": reason});
        service.post(&cast.school.first, &path, body).key(9)
    };
    call("请补充").ok().await;
    call("请修改").refused(422, "IDEMPOTENCY_KEY_REUSED").await;
    service
        .act(&cast.school.first, &id, "withdraw")
        .key(9)
        .refused(422, "IDEMPOTENCY_KEY_REUSED")
        .await;
}

async fn a_key_is_its_callers_own(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let one = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let two = service
        .submitted(&cast.applicants[1], Kind::Review, &cast.school)
        .await;
    service
        .act(&cast.school.first, &one, "sign")
        .key(3)
        .ok()
        .await;
    service
        .act(&cast.school.second, &two, "sign")
        .key(3)
        .ok()
        .await;
}

async fn a_refusal_is_not_remembered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    service
        .act(&cast.applicants[0], &id, "submit")
        .key(5)
        .refused(422, "INCOMPLETE")
        .await;
    service.fill(&cast.applicants[0], &id, Kind::Review).await;
    service
        .act(&cast.applicants[0], &id, "submit")
        .key(5)
        .ok()
        .await;
}

async fn a_stale_version_is_refused_and_changes_nothing(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let shown = service
        .get(&cast.school.first, &format!("/declarations/{id}"))
        .ok()
        .await;
    assert_eq!(shown.header("etag"), format!("\"{}\"", shown.version()));
    let sign = |version| {
        service
            .act(&cast.school.first, &id, "sign")
            .if_match(version)
    };
    sign(shown.version() - 1)
        .refused(412, "STALE_VERSION")
        .await;
    sign(shown.version()).ok().await;
    sign(shown.version()).refused(412, "STALE_VERSION").await;
}

async fn a_section_is_saved_under_a_version_only(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Initial, &service.cast.school)
        .await
        .id();
    let path = format!("/declarations/{id}/sections/basic");
    let body = json!({"health": "健康"});
    service
        .put(applicant, &path, body.clone())
        .refused(428, "PRECONDITION_REQUIRED")
        .await;
    service
        .put(applicant, &path, body.clone())
        .if_match(1)
        .ok()
        .await;
    service
        .put(applicant, &path, body)
        .if_match(1)
        .refused(412, "STALE_VERSION")
        .await;
}
