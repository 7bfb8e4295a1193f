//! Every failure the framework itself can raise is a problem document and changes nothing.

use crate::support::Service;
use axum::http::Method;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    who_has_no_token_or_a_wrong_one_is_asked_to_authenticate,
    addresses_and_methods_that_do_not_exist_are_problems,
    bodies_that_cannot_be_read_are_problems_and_change_nothing,
    a_body_of_a_draft_names_what_is_missing_or_wrong,
    headers_that_cannot_be_read_are_named,
    a_parameter_that_is_wrong_or_unknown_is_named,
    a_panic_is_a_problem_and_the_service_goes_on,
    a_client_of_another_log_is_told_so,
    what_is_not_there_yet_says_so,
    every_answer_carries_the_id_of_its_request,
    the_demo_moves_its_clock,
    a_node_is_alive_and_ready_while_its_views_follow,
    a_log_that_cannot_be_reached_is_a_503_that_says_when_to_come_back,
);

async fn who_has_no_token_or_a_wrong_one_is_asked_to_authenticate(engine: Engine) {
    let service = Service::start(engine).await;
    let reply = service
        .call(Method::GET, "/me")
        .refused(401, "UNAUTHENTICATED")
        .await;
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    let forged = service
        .call(Method::GET, "/me")
        .header("authorization", "Bearer AAAA");
    forged.refused(401, "UNAUTHENTICATED").await;
    let scheme = service
        .call(Method::GET, "/me")
        .header("authorization", "Basic abc");
    scheme.refused(401, "UNAUTHENTICATED").await;
    let before_the_body = service
        .call(Method::POST, "/declarations")
        .header("content-type", "text/plain");
    before_the_body
        .raw(b"{".to_vec())
        .refused(401, "UNAUTHENTICATED")
        .await;
    service
        .call(Method::GET, "/declarations/nonsense")
        .refused(401, "UNAUTHENTICATED")
        .await;
}

async fn addresses_and_methods_that_do_not_exist_are_problems(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.applicants[0];
    service
        .get(who, "/no-such-thing")
        .refused(404, "ROUTE_NOT_FOUND")
        .await;
    service
        .get(who, "//nowhere")
        .refused(404, "ROUTE_NOT_FOUND")
        .await;
    let reply = service
        .delete(who, "/worklist")
        .refused(405, "METHOD_NOT_ALLOWED")
        .await;
    assert!(reply.header("allow").contains("GET"), "{:?}", reply.headers);
    service
        .post(who, "/demo/clock", json!({"advance_days": 1}))
        .refused(404, "ROUTE_NOT_FOUND")
        .await;
}

async fn bodies_that_cannot_be_read_are_problems_and_change_nothing(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let head = service.log.head().await.unwrap().position;
    let path = format!("/declarations/{id}/terminate");
    let call = || service.call(Method::POST, &path).by(&cast.school.first);
    let json = || call().header("content-type", "application/json");
    json()
        .raw(b"{\"reason\":".to_vec())
        .refused(400, "MALFORMED_JSON")
        .await;
    json()
        .raw(b"\xff\xfe".to_vec())
        .refused(400, "MALFORMED_JSON")
        .await;
    call()
        .raw(b"reason=x".to_vec())
        .refused(415, "UNSUPPORTED_MEDIA_TYPE")
        .await;
    call()
        .header("content-type", "text/plain")
        .raw(b"{}".to_vec())
        .refused(415, "UNSUPPORTED_MEDIA_TYPE")
        .await;
    json()
        .raw(vec![b' '; 1024 * 1024 + 1])
        .refused(413, "BODY_TOO_LARGE")
        .await;
    let field = |body: serde_json::Value| json().raw(body.to_string().into_bytes());
    let unknown = field(json!({"reason": "x", "force": true}))
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(unknown.body["field"], "force");
    let wrong = field(json!({"reason": 7}))
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(wrong.body["field"], "reason");
    let nul = field(json!({"reason": "a\u{0}b"}))
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(nul.body["field"], "reason");
    assert_eq!(service.log.head().await.unwrap().position, head);
}

async fn a_body_of_a_draft_names_what_is_missing_or_wrong(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.applicants[0];
    let good = service.draft_body(Kind::Review, &service.cast.school);
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    let mut without_kind = good.clone();
    without_kind.as_object_mut().unwrap().remove("kind");
    let cases = [
        (without_kind, "FIELD_REQUIRED", "kind"),
        (with("kind", json!("other")), "FIELD_INVALID", "kind"),
        (
            with("target_id", json!("not an id")),
            "FIELD_INVALID",
            "target_id",
        ),
        (
            with("work_unit_id", json!(null)),
            "FIELD_INVALID",
            "work_unit_id",
        ),
        (
            with("title", json!({"series": "工程技术人员", "level": "x"})),
            "FIELD_INVALID",
            "title.level",
        ),
        (with("pledge", json!("yes")), "FIELD_INVALID", "pledge"),
        (with("pledge", json!(false)), "PLEDGE_REQUIRED", "pledge"),
        (
            with(
                "title",
                json!({"series": "工程技术人员", "title": "工程师"}),
            ),
            "FIELD_REQUIRED",
            "title.specialty",
        ),
    ];
    for (body, code, field) in cases {
        let reply = service
            .post(who, "/declarations", body)
            .refused(422, code)
            .await;
        assert_eq!(reply.body["field"], field);
    }
}

async fn headers_that_cannot_be_read_are_named(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let sign = || service.act(&cast.school.first, &id, "sign");
    let key = sign()
        .header("idempotency-key", "again")
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(key.body["field"], "Idempotency-Key");
    let tag = sign()
        .header("if-match", "7")
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(tag.body["field"], "If-Match");
    let unit = service
        .get(&cast.applicants[0], "/me")
        .header("docket-unit", "mine")
        .refused(422, "FIELD_INVALID")
        .await;
    assert_eq!(unit.body["field"], "Docket-Unit");
}

async fn a_parameter_that_is_wrong_or_unknown_is_named(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.school.first;
    for (path, field) in [
        ("/worklist?tab=nowhere", "tab"),
        ("/worklist?kind=other", "kind"),
        ("/worklist?limit=0", "limit"),
        ("/worklist?limit=101", "limit"),
        ("/worklist?page=0", "page"),
        ("/worklist?cursor=abc", "cursor"),
        ("/worklist?submitted_from=yesterday", "submitted_from"),
        ("/worklist?phone=13900000001", "phone"),
        ("/worklist?min_position=-1", "min_position"),
        ("/worklist?number=%00", "query"),
    ] {
        let reply = service.get(who, path).refused(422, "FIELD_INVALID").await;
        assert_eq!(reply.body["field"], field, "{path}");
    }
}

async fn a_panic_is_a_problem_and_the_service_goes_on(engine: Engine) {
    let service = Service::demo(engine).await;
    let who = &service.cast.applicants[0];
    let reply = service
        .post(who, "/demo/clock", json!({"advance_days": 13}))
        .refused(500, "INTERNAL")
        .await;
    assert!(!reply.text.contains("thirteen"));
    service.get(who, "/me").ok().await;
}

async fn a_client_of_another_log_is_told_so(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.applicants[0];
    let other = "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41";
    service
        .get(who, "/me")
        .header("docket-log", other)
        .refused(409, "OTHER_LOG")
        .await;
    let own = service.log.id().to_string();
    service
        .get(who, "/me")
        .header("docket-log", &own)
        .ok()
        .await;
}

async fn what_is_not_there_yet_says_so(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let who = &cast.school.first;
    service
        .get(who, &format!("/declarations/{id}/form.pdf"))
        .refused(501, "NOT_AVAILABLE_YET")
        .await;
    service
        .get(who, &format!("/declarations/{id}/publicity.pdf"))
        .refused(501, "NOT_AVAILABLE_YET")
        .await;
    service
        .post(who, "/worklist/actions/download", json!({}))
        .refused(501, "NOT_AVAILABLE_YET")
        .await;
}

async fn every_answer_carries_the_id_of_its_request(engine: Engine) {
    let service = Service::start(engine).await;
    let id = "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41";
    let who = &service.cast.applicants[0];
    let reply = service
        .get(who, "/me")
        .header("x-request-id", id)
        .ok()
        .await;
    assert_eq!(reply.header("x-request-id"), id);
    let refused = service
        .get(who, "/worklist")
        .header("x-request-id", id)
        .refused(403, "NO_PERMISSION")
        .await;
    assert_eq!(refused.body["request_id"], id);
    let named = service
        .get(who, "/me")
        .header("x-request-id", "13900000001")
        .ok()
        .await;
    assert_ne!(named.header("x-request-id"), "13900000001");
}

async fn the_demo_moves_its_clock(engine: Engine) {
    let service = Service::demo(engine).await;
    let reply = service
        .call(Method::POST, "/demo/clock")
        .json(json!({"advance_days": 8}))
        .ok()
        .await;
    assert_eq!(reply.body, json!({"now": "2026-03-10T09:00:00+08:00"}));
    let far = service
        .call(Method::POST, "/demo/clock")
        .json(json!({"advance_days": 9999}));
    far.refused(422, "FIELD_INVALID").await;
    service
        .call(Method::POST, "/demo/clock")
        .json(json!({"advance_days": -1}))
        .refused(422, "FIELD_INVALID")
        .await;
    service
        .call(Method::POST, "/demo/clock")
        .json(json!({}))
        .refused(422, "FIELD_REQUIRED")
        .await;
}

async fn a_node_is_alive_and_ready_while_its_views_follow(engine: Engine) {
    let service = Service::start(engine).await;
    service.call(Method::GET, "//livez").ok().await;
    service.call(Method::GET, "//readyz").ok().await;
    service.freeze_views().await;
    service
        .draft(
            &service.cast.applicants[0],
            Kind::Review,
            &service.cast.school,
        )
        .await;
    service
        .call(Method::GET, "//readyz")
        .refused(503, "BEHIND")
        .await;
}

async fn a_log_that_cannot_be_reached_is_a_503_that_says_when_to_come_back(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service.slow.take_away();
    let command = service
        .act(&cast.school.first, &id, "sign")
        .refused(503, "UNAVAILABLE")
        .await;
    assert_eq!(command.header("retry-after"), "1");
    service
        .get(&cast.school.first, "/worklist")
        .refused(503, "UNAVAILABLE")
        .await;
    service
        .call(Method::GET, "//readyz")
        .refused(503, "UNAVAILABLE")
        .await;
    service.call(Method::GET, "//livez").ok().await;
}
