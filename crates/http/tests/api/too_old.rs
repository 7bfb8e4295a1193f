//! A node that is older than the log's level, or than an event in the log.

use crate::support::Service;
use axum::http::Method;
use docket_domain::{DeclarationId, Kind};
use docket_testkit::engines::Engine;
use docket_testkit::newer;
use docket_testkit::on_both_engines;

on_both_engines!(async:
    once_the_level_was_raised_commands_and_confirmed_queries_are_503_node_too_old,
    an_unknown_event_stops_the_views_and_who_waits_for_them_is_told_so,
);

async fn once_the_level_was_raised_commands_and_confirmed_queries_are_503_node_too_old(
    engine: Engine,
) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let school = &cast.school;
    let to_sign = service
        .submitted(&cast.applicants[0], Kind::Review, school)
        .await;
    let signed = service
        .signed(&cast.applicants[1], Kind::Review, school)
        .await;
    let actions = format!("/declarations/{to_sign}/allowed-actions");
    service.get(&school.first, &actions).ok().await;
    service
        .act(&school.first, &signed, "sign")
        .refused(409, "WRONG_STATE")
        .await;
    newer::raise_level(service.log.as_ref(), &service.ring).await;
    let head = service.log.head().await.unwrap();
    // What was accepted before, and what was refused before.
    for id in [&to_sign, &signed] {
        let answer = service
            .act(&school.first, id, "sign")
            .refused(503, "NODE_TOO_OLD")
            .await;
        assert_eq!(answer.header("retry-after"), "1");
    }
    service
        .get(&school.first, &actions)
        .refused(503, "NODE_TOO_OLD")
        .await;
    service
        .call(Method::GET, "//readyz")
        .refused(503, "NODE_TOO_OLD")
        .await;
    service.call(Method::GET, "//livez").ok().await;
    assert_eq!(service.log.head().await.unwrap(), head);
}

async fn an_unknown_event_stops_the_views_and_who_waits_for_them_is_told_so(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let declaration = DeclarationId(id.parse().unwrap());
    let position = newer::append_unknown(service.log.as_ref(), declaration).await;
    let waiting = format!("/worklist?kind=review&min_position={position}");
    service
        .get(&cast.school.first, &waiting)
        .refused(503, "NODE_TOO_OLD")
        .await;
    service
        .act(&cast.school.first, &id, "sign")
        .refused(503, "NODE_TOO_OLD")
        .await;
    service
        .call(Method::GET, "//readyz")
        .refused(503, "NODE_TOO_OLD")
        .await;
}
