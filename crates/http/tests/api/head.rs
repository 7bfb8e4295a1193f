//! What the head of the log proves, and what is answered when the log is not the one that was seen.

use crate::support::Service;
use crate::support::forge::forge_payload;
use axum::http::Method;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    a_head_is_made_of_the_events_and_not_of_their_stored_leaves,
    the_first_event_makes_a_node_ready_and_one_between_does_not,
    a_client_names_the_log_and_its_incarnation,
    a_position_behind_the_end_of_the_log_is_refused_at_once_by_every_query,
    a_log_that_lost_events_answers_nothing_but_how_the_node_is,
);

async fn a_head_is_made_of_the_events_and_not_of_their_stored_leaves(engine: Engine) {
    let service = Service::start(engine).await;
    forge_payload(&service.scratch, 7).await;
    // A node that starts now has not hashed anything before.
    service.restart();
    let head = service.call(Method::GET, "/log/head");
    let refused = head.refused(503, "CORRUPT").await;
    assert_eq!(refused.body["position"], 7);
    assert_ne!(refused.header("retry-after"), "");
}

async fn the_first_event_makes_a_node_ready_and_one_between_does_not(engine: Engine) {
    let service = Service::start(engine).await;
    let ready = || service.call(Method::GET, "//readyz");
    assert_eq!(ready().ok().await.body, json!({"status": "ok"}));
    forge_payload(&service.scratch, 7).await;
    ready().ok().await;
    forge_payload(&service.scratch, 1).await;
    ready().refused(503, "CORRUPT").await;
}

async fn a_client_names_the_log_and_its_incarnation(engine: Engine) {
    let service = Service::start(engine).await;
    let who = &service.cast.applicants[0];
    let known = format!("{}.1", service.log.id());
    let head = service.call(Method::GET, "/log/head").ok().await;
    assert_eq!(head.body["incarnation"], 1);
    assert_eq!(head.header("docket-log"), known);
    let named = |named: &str| service.get(who, "/me").header("docket-log", named);
    assert_eq!(named(&known).ok().await.header("docket-log"), known);
    let other = format!("{}.2", service.log.id());
    named(&other).refused(409, "OTHER_LOG").await;
    // Before anybody is asked who he is, and behind what no server of any log answers.
    let asked = |method, path| service.call(method, path).header("docket-log", &other);
    asked(Method::GET, "/me").refused(409, "OTHER_LOG").await;
    asked(Method::GET, "/nowhere")
        .refused(404, "ROUTE_NOT_FOUND")
        .await;
    asked(Method::DELETE, "/me")
        .refused(405, "METHOD_NOT_ALLOWED")
        .await;
    asked(Method::GET, "//readyz").ok().await;
    asked(Method::GET, "//livez").ok().await;
}

async fn a_position_behind_the_end_of_the_log_is_refused_at_once_by_every_query(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let head = service.log.head().await.unwrap().position;
    let one = format!("/declarations/{id}");
    for (who, path) in [
        (&cast.school.first, "/worklist"),
        (&cast.school.first, "/worklist/export.xlsx"),
        (&cast.school.first, one.as_str()),
        (&cast.school.first, &format!("{one}/record")),
        (&cast.school.first, &format!("{one}/allowed-actions")),
        (&cast.school.first, "/units"),
        (&cast.applicants[0], "/declarations/mine"),
        (&cast.applicants[0], "/me"),
        (&cast.auditor, &format!("{one}/events")),
        (&cast.auditor, "/log/head"),
    ] {
        for stale in ["", "&stale=ok"] {
            let at = |position: u64| format!("{path}?min_position={position}{stale}");
            let here = service.get(who, &at(head)).response().await;
            assert_eq!(here.status(), 200, "{path}");
            let refused = service.get(who, &at(head + 1));
            let refused = refused.refused(409, "AHEAD_OF_LOG").await;
            assert_eq!(refused.body["position"], head, "{path}");
        }
    }
}

async fn a_log_that_lost_events_answers_nothing_but_how_the_node_is(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let head = service.log.head().await.unwrap();
    service.slow.lose(true);
    let refused = service
        .get(&cast.school.first, "/worklist")
        .refused(503, "LOG_RESTORED")
        .await;
    assert_eq!(refused.header("retry-after"), "30");
    assert_eq!(refused.body["title"], "系统数据已恢复，请联系管理员");
    service
        .act(&cast.school.first, &id, "sign")
        .refused(503, "LOG_RESTORED")
        .await;
    for path in ["/me", "/log/head", "/workflows"] {
        let asked = service.call(Method::GET, path);
        asked.refused(503, "LOG_RESTORED").await;
    }
    let other = service
        .call(Method::GET, "/me")
        .header("docket-log", "another");
    other.refused(409, "OTHER_LOG").await;
    let ready = service.call(Method::GET, "//readyz").ok().await;
    assert_eq!(ready.body, json!({"status": "log_restored"}));
    service.call(Method::GET, "//livez").ok().await;
    service.slow.lose(false);
    service.get(&cast.school.first, "/worklist").ok().await;
    assert_eq!(service.log.head().await.unwrap(), head);
}
