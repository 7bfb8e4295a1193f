//! Codes, statuses and fields of the rules' refusals, as a client sees them.

use crate::support::Service;
use crate::support::forms::{publicity, report_to};
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    what_a_dialog_lacks_is_refused_with_the_rules_own_code,
    a_report_is_refused_for_its_fields_its_publicity_and_its_target,
    states_handlers_and_signatures_are_guarded,
    deadlines_pass_at_their_instant,
    a_termination_bars_the_choice_for_the_year_in_the_kinds_own_words,
    an_applicants_way_is_guarded,
    a_refused_command_is_in_the_security_audit_and_nowhere_else,
);

async fn what_a_dialog_lacks_is_refused_with_the_rules_own_code(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let act = |action: &str, body| {
        service.post(
            &cast.school.first,
            &format!("/declarations/{id}/{action}"),
            body,
        )
    };
    let cases = [
        ("terminate", json!({}), "REASON_REQUIRED", "reason"),
        (
            "terminate",
            json!({"reason": " \u{3000}"}),
            "REASON_REQUIRED",
            "reason",
        ),
        (
            "terminate",
            json!({"reason": "由".repeat(301)}),
            "REASON_TOO_LONG",
            "reason",
        ),
        (
            "return",
            json!({"reason": "请补充"}),
            "FIELD_REQUIRED",
            "to",
        ),
        (
            "return",
            json!({"to": "applicant"}),
            "REASON_REQUIRED",
            "reason",
        ),
        (
            "return",
            json!({"to": "somewhere", "reason": "x"}),
            "FIELD_INVALID",
            "to",
        ),
    ];
    for (action, body, code, field) in cases {
        let reply = act(action, body).refused(422, code).await;
        assert_eq!(reply.body["field"], field);
    }
    let elsewhere = json!({"to": cast.bureau.id, "reason": "x"});
    act("return", elsewhere)
        .refused(409, "RETURN_TARGET_INVALID")
        .await;
}

async fn a_report_is_refused_for_its_fields_its_publicity_and_its_target(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let report = |body| {
        service.post(
            &cast.school.first,
            &format!("/declarations/{id}/report"),
            body,
        )
    };
    let with = |name: &str, value: serde_json::Value| {
        let mut body = report_to(&cast.bureau, Some(publicity()));
        body[name] = value;
        body
    };
    let days = |start: &str, end: &str| with("publicity", json!({"start": start, "end": end}));
    for (body, status, code) in [
        (with("opinion", json!(null)), 422, "OPINION_REQUIRED"),
        (
            with("opinion", json!("意".repeat(201))),
            422,
            "OPINION_TOO_LONG",
        ),
        (with("phone", json!("1".repeat(51))), 422, "FIELD_TOO_LONG"),
        (with("publicity", json!(null)), 422, "PUBLICITY_REQUIRED"),
        (
            with("publicity", json!({"start": "2026-03-02"})),
            422,
            "PUBLICITY_REQUIRED",
        ),
        (
            days("2026-03-06", "2026-03-02"),
            422,
            "PUBLICITY_RANGE_INVALID",
        ),
        (days("2026-02-27", "2026-03-06"), 422, "PUBLICITY_TOO_EARLY"),
        (days("2026-03-02", "2026-03-05"), 422, "PUBLICITY_TOO_SHORT"),
        (
            days("2026-03-03", "2026-03-09"),
            409,
            "PUBLICITY_NOT_FINISHED",
        ),
        (with("target_unit_id", json!(null)), 422, "FIELD_REQUIRED"),
        (
            with("target_unit_id", json!(cast.unready.id)),
            409,
            "TARGET_NOT_READY",
        ),
        (
            with("target_unit_id", json!(cast.school.id)),
            409,
            "TARGET_IN_CHAIN",
        ),
    ] {
        report(body).refused(status, code).await;
    }
    report(report_to(&cast.bureau, Some(publicity())))
        .ok()
        .await;
}

async fn states_handlers_and_signatures_are_guarded(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .act(&cast.school.first, &id, "reassign")
        .refused(409, "WRONG_STATE")
        .await;
    service.act(&cast.school.first, &id, "sign").ok().await;
    service
        .act(&cast.school.second, &id, "sign")
        .refused(409, "WRONG_STATE")
        .await;
    service
        .act(&cast.school.second, &id, "approve-and-publicize")
        .refused(403, "NOT_HANDLER")
        .await;
    service
        .act(&cast.school.first, &id, "reassign")
        .refused(409, "ALREADY_HANDLER")
        .await;
    let early = service.post(
        &cast.school.first,
        &format!("/declarations/{id}/report"),
        report_to(&cast.bureau, None),
    );
    early.refused(409, "WRONG_STATE").await;
    service.act(&cast.school.second, &id, "reassign").ok().await;
    service
        .act(&cast.school.second, &id, "approve-and-publicize")
        .ok()
        .await;
    service.clock.set("2026-03-09 10:00");
    service
        .report(&cast.school.second, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    service
        .act(&cast.school.second, &id, "withdraw")
        .refused(409, "SUPERIOR_SIGNED")
        .await;
    service
        .act(&cast.bureau.first, &id, "approve-and-publicize")
        .refused(409, "WRONG_STATE")
        .await;
}

async fn deadlines_pass_at_their_instant(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let draft = service
        .draft(&cast.applicants[1], Kind::Review, &cast.school)
        .await
        .id();
    service
        .fill(&cast.applicants[1], &draft, Kind::Review)
        .await;
    service.clock.set("2026-04-30 18:00");
    service
        .act(&cast.applicants[1], &draft, "submit")
        .refused(409, "SUBMIT_DEADLINE_PASSED")
        .await;
    service.clock.set("2026-05-31 18:00");
    service
        .act(&cast.school.first, &id, "approve-and-publicize")
        .refused(409, "DEADLINE_PASSED")
        .await;
    let page = service.get(&cast.school.first, "/worklist").ok().await;
    assert_eq!(page.body["items"][0]["overdue"], true);
    service.clock.set("2026-05-31 17:59");
    let warned = service
        .act(&cast.school.first, &id, "approve-and-publicize")
        .ok()
        .await;
    assert_eq!(
        warned.body["warnings"][0]["code"],
        "PUBLICITY_CANNOT_FINISH"
    );
}

async fn a_termination_bars_the_choice_for_the_year_in_the_kinds_own_words(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Initial, &cast.school).await;
    let path = format!("/declarations/{id}/terminate");
    service
        .post(
            &cast.school.first,
            &path,
            json!({"reason": "不符合基本条件"}),
        )
        .ok()
        .await;
    service
        .act(&cast.school.first, &id, "reassign")
        .refused(409, "WRONG_STATE")
        .await;
    let body = service.draft_body(Kind::Initial, &cast.school);
    let barred = service
        .post(applicant, "/declarations", body.clone())
        .refused(409, "YEAR_LOCKED")
        .await;
    assert_eq!(
        barred.body["title"],
        "本年度已被终止申报，不能再次选择该受理单位"
    );
    let settings = service
        .get(applicant, "/recognition-settings?kind=initial")
        .ok()
        .await;
    let offered = &settings.body["items"][0];
    assert_eq!(
        (&offered["selectable"], &offered["refusal"]["code"]),
        (&json!(false), &json!("YEAR_LOCKED"))
    );
    let others = service
        .get(&cast.applicants[1], "/recognition-settings?kind=initial")
        .ok()
        .await;
    assert_eq!(others.body["items"][0]["selectable"], true);
    service
        .draft(applicant, Kind::Confirmation, &cast.school)
        .await;
    service.clock.set("2027-01-01 00:00");
    service.post(applicant, "/declarations", body).ok().await;
}

async fn an_applicants_way_is_guarded(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Initial, &cast.school)
        .await
        .id();
    let section = |code: &str, body| {
        service.put(
            applicant,
            &format!("/declarations/{id}/sections/{code}"),
            body,
        )
    };
    section("performance", json!({"text": "x"}))
        .if_match(1)
        .refused(409, "SECTION_LOCKED")
        .await;
    let wrong = section("basic", json!({"health": "健".repeat(51)}))
        .if_match(1)
        .refused(422, "FIELD_TOO_LONG")
        .await;
    assert_eq!(wrong.body["errors"][0]["field"], "health");
    section("nonsense", json!({}))
        .if_match(1)
        .refused(422, "FIELD_INVALID")
        .await;
    let incomplete = service
        .act(applicant, &id, "submit")
        .refused(422, "INCOMPLETE")
        .await;
    assert_eq!(incomplete.body["errors"][0]["section"], "basic");
    service.fill(applicant, &id, Kind::Initial).await;
    service.act(applicant, &id, "submit").ok().await;
    service
        .delete(applicant, &format!("/declarations/{id}"))
        .refused(409, "WRONG_STATE")
        .await;
    let twin = service
        .draft(applicant, Kind::Initial, &cast.company)
        .await
        .id();
    service.fill(applicant, &twin, Kind::Initial).await;
    service
        .act(applicant, &twin, "submit")
        .refused(409, "DUPLICATE_LIVE")
        .await;
    let unready = service
        .draft(applicant, Kind::Confirmation, &cast.unready)
        .await
        .id();
    service.fill(applicant, &unready, Kind::Confirmation).await;
    service
        .act(applicant, &unready, "submit")
        .refused(409, "TARGET_NOT_READY")
        .await;
}

async fn a_refused_command_is_in_the_security_audit_and_nowhere_else(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let head = service.log.head().await.unwrap().position;
    service
        .act(&cast.school.first, &id, "withdraw")
        .refused(409, "WRONG_STATE")
        .await;
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(
        (newest.action.as_str(), newest.result.as_str()),
        ("withdraw", "refused")
    );
    assert_eq!(newest.code.as_deref(), Some("WRONG_STATE"));
    assert_eq!(newest.actor, Some(cast.school.first.person.0));
    assert_eq!(newest.subject, Some(format!("declaration/{id}")));
    assert_eq!(service.log.head().await.unwrap().position, head);
}
