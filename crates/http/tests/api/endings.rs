//! 退回 and 终止 as a declaration and 我的申请书 tell of them.

use crate::support::cast::Who;
use crate::support::forms::publicity;
use crate::support::{Reply, Service};
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    a_return_to_the_applicant_says_by_whom_why_and_until_when,
    a_return_to_a_unit_names_it_and_ends_with_its_report,
    a_recognition_has_no_day_to_submit_again_until,
    a_termination_says_by_whom_and_why,
);

const RETURNED_AT: &str = "2026-03-02T09:00:00+08:00";

async fn send_back(service: &Service, by: &Who, id: &str, to: Value) -> Reply {
    let body = json!({"to": to, "reason": "请补充材料"});
    service
        .post(by, &format!("/declarations/{id}/return"), body)
        .ok()
        .await
}

/// The declaration as somebody reads it, and its row of 我的申请书, which must tell the same.
async fn told(service: &Service, who: &Who, mine: &Who, id: &str, field: &str) -> Value {
    let shown = service.get(who, &format!("/declarations/{id}")).ok().await;
    let page = service.get(mine, "/declarations/mine").ok().await;
    let items = page.body["items"].as_array().unwrap();
    let row = items.iter().find(|row| row["declaration_id"] == *id);
    assert_eq!(row.unwrap()[field], shown.body[field]);
    shown.body[field].clone()
}

async fn a_return_to_the_applicant_says_by_whom_why_and_until_when(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Review, &cast.school).await;
    assert_eq!(
        told(&service, applicant, applicant, &id, "returned").await,
        Value::Null
    );
    send_back(&service, &cast.school.first, &id, json!("applicant")).await;
    let expected = json!({
        "by_unit": {"unit_id": cast.school.id, "name": cast.school.name}, "to": "applicant",
        "reason": "请补充材料", "at": RETURNED_AT, "resubmit_until": "2026-05-31T18:00:00+08:00",
    });
    for who in [applicant, &cast.school.second, &cast.auditor] {
        assert_eq!(
            told(&service, who, applicant, &id, "returned").await,
            expected
        );
    }
    service.act(applicant, &id, "submit").ok().await;
    assert_eq!(
        told(&service, applicant, applicant, &id, "returned").await,
        Value::Null
    );
}

async fn a_return_to_a_unit_names_it_and_ends_with_its_report(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .publicized(applicant, Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    service
        .report(&cast.bureau.first, &id, &cast.office, None)
        .await;
    service.act(&cast.office.first, &id, "sign").ok().await;
    send_back(&service, &cast.office.first, &id, json!(cast.bureau.id)).await;
    let expected = json!({
        "by_unit": {"unit_id": cast.office.id, "name": cast.office.name}, "to": cast.bureau.id,
        "to_name": cast.bureau.name, "reason": "请补充材料", "at": "2026-03-09T10:00:00+08:00",
    });
    for who in [applicant, &cast.bureau.second, &cast.school.first] {
        assert_eq!(
            told(&service, who, applicant, &id, "returned").await,
            expected
        );
    }
    service
        .report(&cast.bureau.first, &id, &cast.office, None)
        .await;
    assert_eq!(
        told(&service, applicant, applicant, &id, "returned").await,
        Value::Null
    );
}

async fn a_recognition_has_no_day_to_submit_again_until(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Initial, &cast.school).await;
    send_back(&service, &cast.school.first, &id, json!("applicant")).await;
    let returned = told(&service, applicant, applicant, &id, "returned").await;
    assert_eq!(
        (&returned["to"], &returned["resubmit_until"]),
        (&json!("applicant"), &Value::Null)
    );
}

async fn a_termination_says_by_whom_and_why(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Review, &cast.school).await;
    let body = json!({"reason": "不符合条件"});
    service
        .post(
            &cast.school.first,
            &format!("/declarations/{id}/terminate"),
            body,
        )
        .ok()
        .await;
    let expected = json!({
        "by_unit": {"unit_id": cast.school.id, "name": cast.school.name}, "reason": "不符合条件",
        "at": RETURNED_AT,
    });
    for who in [applicant, &cast.school.legal, &cast.auditor] {
        assert_eq!(
            told(&service, who, applicant, &id, "terminated").await,
            expected
        );
    }
}
