//! Two requests at once.

use crate::support::forms::publicity;
use crate::support::{Reply, Service};
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    of_two_operators_who_sign_at_once_exactly_one_signs,
    of_a_withdrawal_and_a_signature_above_exactly_one_wins,
    an_operator_given_a_menu_a_moment_ago_is_not_refused,
    a_client_that_hangs_up_does_not_stop_its_command,
);

/// How often a race is run.
const ROUNDS: usize = 8;

fn won(reply: &Reply) -> bool {
    reply.status.is_success()
}

async fn of_two_operators_who_sign_at_once_exactly_one_signs(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    for applicant in &cast.applicants {
        let id = service
            .submitted(applicant, Kind::Review, &cast.school)
            .await;
        let (one, two) = tokio::join!(
            service.act(&cast.school.first, &id, "sign").send(),
            service.act(&cast.school.second, &id, "sign").send(),
        );
        assert!(won(&one) != won(&two), "{} {}", one.text, two.text);
        let lost = if won(&one) { two } else { one };
        assert_eq!(
            (lost.status.as_u16(), &lost.body["code"]),
            (409, &json!("WRONG_STATE"))
        );
        let shown = service
            .get(&cast.school.first, &format!("/declarations/{id}"))
            .ok()
            .await;
        assert_eq!(shown.body["steps"].as_array().unwrap().len(), 1);
    }
}

async fn of_a_withdrawal_and_a_signature_above_exactly_one_wins(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    for round in 0..ROUNDS {
        service
            .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
            .await;
        let (withdrawn, signed) = tokio::join!(
            service.act(&cast.school.first, &id, "withdraw").send(),
            service.act(&cast.bureau.first, &id, "sign").send(),
        );
        assert!(
            won(&withdrawn) != won(&signed),
            "round {round}: {} {}",
            withdrawn.text,
            signed.text
        );
        if won(&signed) {
            assert_eq!(withdrawn.body["code"], "SUPERIOR_SIGNED");
            break;
        }
        assert_eq!(signed.body["code"], "UNIT_MISMATCH");
    }
}

async fn an_operator_given_a_menu_a_moment_ago_is_not_refused(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let school = &cast.school;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, school)
        .await;
    let menus = format!(
        "/units/{}/operators/{}/menus",
        school.id, school.first.person
    );
    for _ in 0..ROUNDS {
        service
            .put(&school.legal, &menus, json!({"menus": []}))
            .ok()
            .await;
        service
            .act(&school.first, &id, "reassign")
            .refused(403, "NO_PERMISSION")
            .await;
        service
            .get(&school.first, "/worklist")
            .refused(403, "NO_PERMISSION")
            .await;
        service
            .put(&school.legal, &menus, json!({"menus": ["review_audit"]}))
            .ok()
            .await;
        service
            .act(&school.first, &id, "reassign")
            .refused(409, "WRONG_STATE")
            .await;
    }
    service.act(&school.first, &id, "sign").ok().await;
    service
        .delete(
            &school.legal,
            &format!("/units/{}/operators/{}", school.id, school.first.person),
        )
        .ok()
        .await;
    service
        .act(&school.first, &id, "approve-and-publicize")
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn a_client_that_hangs_up_does_not_stop_its_command(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let head = service.log.head().await.unwrap().position;
    let mut newest = service.log.watch();
    let mut came = service.slow.came();
    service.slow.hold(true);
    let mut call = Box::pin(service.act(&cast.school.first, &id, "sign").response());
    tokio::select! {
        _ = &mut call => panic!("it was answered before it was stored"),
        came = came.changed() => came.unwrap(),
    }
    drop(call);
    assert_eq!(
        service.log.head().await.unwrap().position,
        head,
        "not stored yet"
    );
    service.slow.hold(false);
    newest.wait_for(|position| *position > head).await.unwrap();
    let seen = service
        .get(
            &cast.school.first,
            &format!("/worklist?min_position={}", head + 1),
        )
        .ok()
        .await;
    assert_eq!(seen.body["items"][0]["tab"], "to_review");
}
