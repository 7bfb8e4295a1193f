//! A history a court can read: what an auditor is told of each event.

use crate::support::cast::Who;
use crate::support::forms::publicity;
use crate::support::{Reply, Service};
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    every_event_tells_who_for_whom_when_why_and_under_which_rules,
    a_return_and_a_report_tell_whither_and_in_what_words,
    deadlines_are_those_of_the_events_moment,
    names_of_units_are_those_of_the_events_moment,
    an_erased_draft_tells_that_it_is_erased,
    a_replay_is_noted_before_it_is_answered,
    a_broken_event_leaves_what_was_before_it_readable,
);

async fn replay(service: &Service, id: &str, version: u64) -> Value {
    let path = format!("/declarations/{id}/replay?to_version={version}");
    service.get(&service.cast.auditor, &path).ok().await.body
}

async fn last(service: &Service, id: &str) -> Value {
    let path = format!("/declarations/{id}/replay");
    service.get(&service.cast.auditor, &path).ok().await.body
}

async fn every_event_tells_who_for_whom_when_why_and_under_which_rules(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let request = "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41";
    let signed = service
        .act(&cast.school.first, &id, "sign")
        .header("x-request-id", request)
        .ok()
        .await;
    let told = last(&service, &id).await;
    assert_eq!(
        (&told["event"], &told["label"]),
        (&json!("SignedFor"), &json!("签收申报书"))
    );
    assert_eq!(told["position"], signed.body["position"]);
    assert_eq!(told["at"], "2026-03-02T09:00:00+08:00");
    assert_eq!(
        told["author"],
        json!({
            "person_id": cast.school.first.person, "name": "赵甲", "role": "operator", "role_label": "经办人",
            "unit_id": cast.school.id, "unit_name": cast.school.name,
        })
    );
    assert_eq!(told["command"]["name"], "sign");
    assert_eq!(told["correlation"], request);
    assert_eq!(told["erased"], false);
    let events = service
        .get(&cast.auditor, &format!("/declarations/{id}/events"))
        .ok()
        .await;
    let stored = events.body["items"].as_array().unwrap().last().unwrap();
    let stored: Value = serde_json::from_str(stored["metadata"].as_str().unwrap()).unwrap();
    for field in ["definition", "rules", "command"] {
        assert_eq!(told[field], stored[field], "{field}");
        assert!(!told[field].is_null(), "{field}");
    }
    let first = replay(&service, &id, 1).await;
    assert_eq!(first["author"]["name"], "钱小一");
    assert_eq!(first["author"]["role"], "applicant");
}

async fn a_return_and_a_report_tell_whither_and_in_what_words(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    let told = last(&service, &id).await;
    assert_eq!(
        told["target"],
        json!({"type": "unit", "unit_id": cast.bureau.id, "name": cast.bureau.name})
    );
    assert_eq!(told["opinion"], "同意推荐");
    assert_eq!(told["responsible_person"], "负小责");
    assert_eq!(told["phone"], "023-12345678");
    assert_eq!(told["publicity"], publicity());
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    let back = |who: &Who, to: Value| {
        let body = json!({"to": to, "reason": "请补充材料"});
        service
            .post(who, &format!("/declarations/{id}/return"), body)
            .ok()
    };
    back(&cast.bureau.first, json!(cast.school.id)).await;
    let told = last(&service, &id).await;
    assert_eq!(
        (&told["reason"], &told["target"]["name"]),
        (&json!("请补充材料"), &json!(cast.school.name))
    );
    back(&cast.school.first, json!("applicant")).await;
    assert_eq!(
        last(&service, &id).await["target"],
        json!({"type": "applicant"})
    );
    let earlier = replay(&service, &id, 3).await;
    assert_eq!(
        (&earlier["reason"], &earlier["opinion"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(earlier["section"], "education");
}

async fn deadlines_are_those_of_the_events_moment(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let submitted = last(&service, &id).await["version"].as_u64().unwrap();
    let deadlines = json!({
        "submit": "2026-04-30T18:00:00+08:00", "work_unit": "2026-06-15T18:00:00+08:00",
        "superior": "2026-06-30T18:00:00+08:00", "committee": "2026-07-31T18:00:00+08:00",
    });
    let plan = json!({"deadlines": deadlines, "notice": "延期", "attachments": []});
    let path = format!("/committees/{}", cast.committee);
    service.put(&cast.office.legal, &path, plan).ok().await;
    service.act(&cast.school.first, &id, "sign").ok().await;
    let deadline = |told: &Value| told["state"]["steps"][0]["deadline"].clone();
    let then = replay(&service, &id, submitted).await;
    assert_eq!(deadline(&then), "2026-05-31T18:00:00+08:00");
    let signed = last(&service, &id).await;
    assert_eq!(deadline(&signed), "2026-06-15T18:00:00+08:00");
    let changed = signed["changed"].to_string();
    assert!(
        !changed.contains("deadline"),
        "the signature did not extend it: {changed}"
    );
    let shown = service
        .get(&cast.school.first, &format!("/declarations/{id}"))
        .ok()
        .await;
    assert_eq!(
        shown.body["steps"][0]["deadline"],
        "2026-06-15T18:00:00+08:00"
    );
}

async fn names_of_units_are_those_of_the_events_moment(engine: Engine) {
    let service = Service::start(engine).await;
    let school = &service.cast.school;
    let id = service
        .signed(&service.cast.applicants[0], Kind::Review, school)
        .await;
    let path = format!("/units/{}/profile", school.id);
    let shown = service.get(&school.legal, &path).ok().await;
    let mut body = shown.body["profile"].clone();
    body["name"] = json!("渝北区花园实验小学");
    body["sign_off"] = json!(true);
    service.put(&school.legal, &path, body).ok().await;
    service
        .act(&school.first, &id, "approve-and-publicize")
        .ok()
        .await;
    let now = last(&service, &id).await;
    assert_eq!(now["author"]["unit_name"], "渝北区花园实验小学");
    assert_eq!(now["state"]["work_unit"]["name"], "渝北区花园实验小学");
    let version = now["version"].as_u64().unwrap();
    let then = replay(&service, &id, version - 1).await;
    assert_eq!(then["author"]["unit_name"], school.name.as_str());
    assert_eq!(then["state"]["steps"][0]["unit_name"], school.name.as_str());
}

async fn an_erased_draft_tells_that_it_is_erased(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Review, &service.cast.school)
        .await
        .id();
    service.fill(applicant, &id, Kind::Review).await;
    service
        .delete(applicant, &format!("/declarations/{id}"))
        .ok()
        .await;
    let saved = replay(&service, &id, 2).await;
    assert_eq!(
        (&saved["event"], &saved["erased"]),
        (&json!("SectionSaved"), &json!(true))
    );
    assert_eq!(saved["author"]["name"], Value::Null);
    assert_eq!(saved["state"]["applicant"]["erased"], true);
    assert_eq!(saved["state"]["sections"]["basic"]["content"], "erased");
    let deleted = last(&service, &id).await;
    assert_eq!(
        (&deleted["event"], &deleted["state"]["sections"]),
        (&json!("DraftDeleted"), &json!({}))
    );
    assert!(!saved.to_string().contains("钱小一") && !deleted.to_string().contains("钱小一"));
}

async fn a_replay_is_noted_before_it_is_answered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    let path = format!("/declarations/{id}/replay");
    service.get(&cast.auditor, &path).ok().await;
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(
        (newest.action.as_str(), newest.actor),
        ("replay_declaration", Some(cast.auditor.person.0))
    );
    assert_eq!(newest.subject, Some(format!("declaration/{id}")));
    let refused: Reply = service
        .get(&cast.school.first, &path)
        .refused(403, "NO_PERMISSION")
        .await;
    assert!(!refused.text.contains("钱"));
}

async fn a_broken_event_leaves_what_was_before_it_readable(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    service.fill(&cast.applicants[0], &id, Kind::Review).await;
    let broken = replay(&service, &id, 4).await["position"].as_u64().unwrap();
    let forged = format!(
        "SET payload = replace(payload, '\"form\":1', '\"form\":2') WHERE position = {broken}"
    );
    let on_sqlite = format!("DROP TRIGGER events_are_never_updated; UPDATE events {forged}");
    let on_postgres = format!(
        "ALTER TABLE docket_log.events DISABLE TRIGGER USER; UPDATE docket_log.events {forged}"
    );
    service.around_the_log(&on_sqlite, &on_postgres).await;
    let path = format!("/declarations/{id}/replay");
    for tail in ["", "?to_version=4"] {
        let refused = service
            .get(&cast.auditor, &format!("{path}{tail}"))
            .refused(500, "CORRUPT")
            .await;
        assert_eq!(refused.body["position"], broken, "{tail}");
    }
    let before = replay(&service, &id, 3).await;
    assert_eq!(
        (&before["version"], &before["section"]),
        (&json!(3), &json!("education"))
    );
    let section = format!("/declarations/{id}/sections/basic?as_of_version=2");
    let shown = service.get(&cast.auditor, &section).ok().await;
    assert_eq!(shown.body["saved"]["content"], "plain");
}
