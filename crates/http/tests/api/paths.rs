//! The main paths of all three kinds.

use crate::support::Service;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::json;

on_both_engines!(async:
    a_review_goes_from_draft_to_conclusion,
    an_initial_recognition_goes_from_draft_to_approval,
    a_confirmation_is_returned_resubmitted_and_approved,
    a_unit_without_sign_off_finds_the_row_signed_by_its_legal_user,
    a_report_is_withdrawn_while_nobody_above_has_signed,
    a_draft_is_made_filled_in_and_deleted,
);

async fn a_review_goes_from_draft_to_conclusion(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .publicized(applicant, Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("reported")
    );
    assert_eq!(
        service.tab(&cast.bureau.first, &id).await.as_deref(),
        Some("to_sign")
    );
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    service
        .report(&cast.bureau.first, &id, &cast.office, None)
        .await;
    service.act(&cast.office.first, &id, "sign").ok().await;
    service.act(&cast.office.first, &id, "accept").ok().await;
    assert_eq!(
        service.tab(&cast.office.first, &id).await.as_deref(),
        Some("to_review")
    );
    let path = format!("/declarations/{id}/conclude");
    service
        .post(
            &cast.office.first,
            &path,
            json!({"passed": true, "opinion": "符合条件"}),
        )
        .ok()
        .await;
    for unit in [&cast.school, &cast.bureau, &cast.office] {
        assert_eq!(
            service.tab(&unit.first, &id).await.as_deref(),
            Some("concluded"),
            "{}",
            unit.name
        );
    }
    let mine = service.get(applicant, "/declarations/mine").ok().await;
    let row = &mine.body["items"][0];
    assert_eq!(
        (row["status"].as_str(), row["result"].as_str()),
        (Some("concluded"), Some("review_passed"))
    );
    assert_eq!(row["status_label"], "评审通过");
    let shown = service
        .get(applicant, &format!("/declarations/{id}"))
        .ok()
        .await;
    let types: Vec<&str> = shown.body["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["work_unit", "superior", "committee"]);
    assert_eq!(shown.body["steps"][2]["opinion"], "符合条件");
}

async fn an_initial_recognition_goes_from_draft_to_approval(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Initial, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.accepting, Some(publicity()))
        .await;
    service.act(&cast.accepting.first, &id, "sign").ok().await;
    let done = service.post(
        &cast.accepting.first,
        &format!("/declarations/{id}/approve"),
        json!({"opinion": "同意"}),
    );
    let done = done.ok().await;
    assert_eq!(done.body["events"][0]["type"], "AcceptedFinal");
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("concluded")
    );
    let shown = service
        .get(&cast.applicants[0], &format!("/declarations/{id}"))
        .ok()
        .await;
    assert_eq!(
        (&shown.body["result"], &shown.body["status_label"]),
        (&json!("approved"), &json!("审核通过"))
    );
}

async fn a_confirmation_is_returned_resubmitted_and_approved(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .signed(applicant, Kind::Confirmation, &cast.school)
        .await;
    let back = json!({"to": "applicant", "reason": "请补充"});
    service
        .post(
            &cast.school.first,
            &format!("/declarations/{id}/return"),
            back,
        )
        .ok()
        .await;
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("returned")
    );
    let again = service.act(applicant, &id, "submit").ok().await;
    assert_eq!(again.body["events"][0]["type"], "Resubmitted");
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("to_review")
    );
    service
        .act(&cast.school.first, &id, "approve-and-publicize")
        .ok()
        .await;
    service.clock.set("2026-03-09 10:00");
    service
        .report(&cast.school.first, &id, &cast.accepting, Some(publicity()))
        .await;
    service.act(&cast.accepting.first, &id, "sign").ok().await;
    service
        .act(&cast.accepting.first, &id, "approve")
        .ok()
        .await;
    assert_eq!(
        service.tab(&cast.accepting.first, &id).await.as_deref(),
        Some("concluded")
    );
}

async fn a_unit_without_sign_off_finds_the_row_signed_by_its_legal_user(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.company)
        .await;
    let page = service
        .get(&cast.company.legal, "/worklist?tab=to_review")
        .ok()
        .await;
    let row = &page.body["items"][0];
    assert_eq!(row["declaration_id"], id);
    assert_eq!(row["handler"], json!({"name": "法人用户", "me": true}));
    let seen_by_other = service
        .get(&cast.company.first, "/worklist?tab=to_review")
        .ok()
        .await;
    assert_eq!(
        seen_by_other.body["items"][0]["handler"],
        json!({"name": "法人用户", "me": false})
    );
}

async fn a_report_is_withdrawn_while_nobody_above_has_signed(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.school.first, &id, "withdraw").ok().await;
    assert_eq!(
        service.tab(&cast.school.first, &id).await.as_deref(),
        Some("publicizing")
    );
    assert_eq!(service.tab(&cast.bureau.first, &id).await, None);
    let kept = service
        .get(
            &cast.school.first,
            &format!("/declarations/{id}/allowed-actions"),
        )
        .ok()
        .await;
    let report = kept.body["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["action"] == "report")
        .unwrap()
        .clone();
    let field = report["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["name"] == "publicity")
        .unwrap()
        .clone();
    assert_eq!(field["default"], publicity());
}

async fn a_draft_is_made_filled_in_and_deleted(engine: Engine) {
    let service = Service::start(engine).await;
    let applicant = &service.cast.applicants[0];
    let draft = service
        .draft(applicant, Kind::Initial, &service.cast.school)
        .await;
    assert_eq!(draft.status, 201);
    assert_eq!(
        (draft.header("etag"), draft.header("docket-visible")),
        ("\"1\"", "true")
    );
    assert_eq!(
        draft.header("docket-position"),
        draft.position().to_string()
    );
    let id = draft.id();
    let shown = service
        .get(applicant, &format!("/declarations/{id}"))
        .ok()
        .await;
    assert!(
        shown.body["number"]
            .as_str()
            .unwrap()
            .starts_with("20260302")
    );
    let missing = service
        .get(applicant, &format!("/declarations/{id}/completeness"))
        .ok()
        .await;
    assert_eq!(missing.body["complete"], false);
    service.fill(applicant, &id, Kind::Initial).await;
    let complete = service
        .get(applicant, &format!("/declarations/{id}/completeness"))
        .ok()
        .await;
    assert_eq!(complete.body, json!({"complete": true, "errors": []}));
    let filled = service
        .get(applicant, &format!("/declarations/{id}"))
        .ok()
        .await;
    assert_eq!(
        filled.body["sections"]["performance"]["body"],
        json!({"text": "完成各项任务"})
    );
    service
        .delete(applicant, &format!("/declarations/{id}"))
        .ok()
        .await;
    service
        .get(applicant, &format!("/declarations/{id}"))
        .refused(404, "NOT_FOUND")
        .await;
    let mine = service.get(applicant, "/declarations/mine").ok().await;
    assert_eq!(mine.body["items"], json!([]));
}
