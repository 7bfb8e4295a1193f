//! Who sees what, and how much of it.

use crate::support::Service;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use uuid::Uuid;

on_both_engines!(async:
    who_has_no_right_to_a_declaration_gets_the_answer_for_an_unknown_one,
    a_draft_is_its_applicants_alone,
    personal_data_are_whole_for_applicant_handler_and_auditor_only,
    basic_information_is_masked_with_the_rest,
    the_applicant_does_not_read_the_recommendation,
    a_unit_whose_step_was_withdrawn_is_told_so,
    who_acts_for_whom_is_checked,
    every_view_of_personal_data_is_in_the_security_audit,
    a_command_refused_before_the_rules_were_asked_is_in_the_security_audit_too,
);

async fn who_has_no_right_to_a_declaration_gets_the_answer_for_an_unknown_one(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let unknown = Uuid::from_u128(1).to_string();
    for tail in [
        "",
        "/record",
        "/allowed-actions",
        "/report-targets",
        "/return-targets",
        "/completeness",
    ] {
        for who in [
            &cast.stranger.first,
            &cast.stranger.legal,
            &cast.applicants[1],
            &cast.operator,
        ] {
            let hidden = service
                .get(who, &format!("/declarations/{id}{tail}"))
                .refused(404, "NOT_FOUND")
                .await;
            let nowhere = service
                .get(who, &format!("/declarations/{unknown}{tail}"))
                .refused(404, "NOT_FOUND")
                .await;
            let malformed = service
                .get(who, &format!("/declarations/7{tail}"))
                .refused(404, "NOT_FOUND")
                .await;
            assert_eq!(
                (&hidden.text, &hidden.text),
                (&nowhere.text, &malformed.text),
                "{tail}"
            );
        }
    }
    let commanded = service
        .act(&cast.stranger.first, &id, "sign")
        .refused(404, "NOT_FOUND")
        .await;
    let nothing = service
        .act(&cast.stranger.first, &unknown, "sign")
        .refused(404, "NOT_FOUND")
        .await;
    assert_eq!(commanded.text, nothing.text);
}

async fn a_draft_is_its_applicants_alone(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .draft(&cast.applicants[0], Kind::Review, &cast.school)
        .await
        .id();
    let path = format!("/declarations/{id}");
    service
        .get(&cast.school.first, &path)
        .refused(404, "NOT_FOUND")
        .await;
    service
        .get(&cast.office.legal, &path)
        .refused(404, "NOT_FOUND")
        .await;
    let own = service.get(&cast.applicants[0], &path).ok().await;
    assert_eq!(own.body["applicant"]["name"], "钱小一");
}

async fn personal_data_are_whole_for_applicant_handler_and_auditor_only(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Review, &cast.school).await;
    let path = format!("/declarations/{id}");
    for who in [applicant, &cast.school.first, &cast.auditor] {
        let shown = service.get(who, &path).ok().await;
        assert_eq!(
            shown.body["applicant"]["id_number"],
            applicant.id_number.as_str()
        );
        assert_eq!(shown.body["applicant"]["masked"], false);
    }
    for who in [&cast.school.second, &cast.school.legal] {
        let shown = service.get(who, &path).ok().await;
        let phone = format!("139****{}", &applicant.mobile[7..]);
        assert_eq!(shown.body["applicant"]["name"], "钱*");
        assert_eq!(shown.body["applicant"]["phone"], phone.as_str());
        for secret in [&applicant.name, &applicant.id_number, &applicant.mobile] {
            assert!(!shown.text.contains(secret.as_str()), "{}", shown.text);
        }
    }
}

async fn basic_information_is_masked_with_the_rest(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Initial, &cast.school)
        .await
        .id();
    let body = serde_json::json!({
        "name": applicant.name, "id_number": applicant.id_number, "phone": applicant.mobile, "health": "健康",
        "highest_education": "本科", "person_category": "企业人员",
    });
    service
        .put(
            applicant,
            &format!("/declarations/{id}/sections/basic"),
            body,
        )
        .if_match(1)
        .ok()
        .await;
    for (section, body) in crate::support::forms::sections(Kind::Initial)
        .into_iter()
        .skip(1)
    {
        let version = service
            .get(applicant, &format!("/declarations/{id}"))
            .ok()
            .await
            .version();
        service
            .put(
                applicant,
                &format!("/declarations/{id}/sections/{section}"),
                body,
            )
            .if_match(version)
            .ok()
            .await;
    }
    service.act(applicant, &id, "submit").ok().await;
    let shown = service
        .get(&cast.school.second, &format!("/declarations/{id}"))
        .ok()
        .await;
    let basic = &shown.body["sections"]["basic"]["body"];
    assert_eq!(
        (basic["name"].as_str(), basic["health"].as_str()),
        (Some("钱*"), Some("健康"))
    );
    assert!(!shown.text.contains(&applicant.id_number) && !shown.text.contains(&applicant.mobile));
}

async fn the_applicant_does_not_read_the_recommendation(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    let path = format!("/declarations/{id}");
    let own = service.get(&cast.applicants[0], &path).ok().await;
    assert!(
        !own.text.contains("同意推荐") && !own.text.contains("负小责"),
        "{}",
        own.text
    );
    let superior = service.get(&cast.bureau.first, &path).ok().await;
    assert_eq!(superior.body["steps"][0]["opinion"], "同意推荐");
    assert_eq!(superior.body["steps"][0]["handler"]["name"], "赵*");
}

async fn a_unit_whose_step_was_withdrawn_is_told_so(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.school.first, &id, "withdraw").ok().await;
    service
        .get(&cast.bureau.first, &format!("/declarations/{id}"))
        .refused(404, "UNIT_MISMATCH")
        .await;
    service
        .act(&cast.bureau.first, &id, "sign")
        .refused(404, "UNIT_MISMATCH")
        .await;
}

async fn who_acts_for_whom_is_checked(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let other = cast.stranger.id.to_string();
    let legal = service
        .get(&cast.school.legal, "/me")
        .header("docket-unit", &other);
    legal.refused(403, "NO_PERMISSION").await;
    let foreign = service
        .get(&cast.school.first, &format!("/declarations/{id}"))
        .header("docket-unit", &other);
    foreign.refused(403, "NO_PERMISSION").await;
    let mut privately = cast.school.first.clone();
    privately.unit = None;
    service
        .get(&privately, &format!("/declarations/{id}"))
        .refused(404, "NOT_FOUND")
        .await;
    service
        .get(&privately, "/worklist")
        .refused(403, "NO_PERMISSION")
        .await;
    let draft = service.draft_body(Kind::Review, &cast.school);
    service
        .post(&cast.school.legal, "/declarations", draft)
        .refused(403, "NO_PERMISSION")
        .await;
}

async fn every_view_of_personal_data_is_in_the_security_audit(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let request = "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41";
    service
        .get(&cast.school.first, &format!("/declarations/{id}"))
        .header("x-request-id", request)
        .ok()
        .await;
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(
        (newest.action.as_str(), newest.result.as_str()),
        ("view_declaration", "done")
    );
    assert_eq!(newest.subject, Some(format!("declaration/{id}")));
    assert_eq!(
        (newest.actor, newest.unit),
        (Some(cast.school.first.person.0), Some(cast.school.id.0))
    );
    assert_eq!(newest.correlation.as_deref(), Some(request));
}

async fn a_command_refused_before_the_rules_were_asked_is_in_the_security_audit_too(
    engine: Engine,
) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .act(&cast.school.legal, &id, "sign")
        .header("docket-unit", &cast.office.id.to_string())
        .refused(403, "NO_PERMISSION")
        .await;
    let newest = service.log.audit_trail(1).await.unwrap().remove(0);
    assert_eq!(
        (newest.result.as_str(), newest.code.as_deref()),
        ("refused", Some("NO_PERMISSION"))
    );
    assert_eq!(newest.action, "POST /api/v1/declarations/{id}/sign");
    assert_eq!(
        (newest.actor, newest.unit),
        (Some(cast.school.legal.person.0), Some(cast.office.id.0))
    );
    service
        .act(&cast.school.first, &id, "withdraw")
        .refused(409, "WRONG_STATE")
        .await;
    let trail = service.log.audit_trail(2).await.unwrap();
    assert_eq!(trail[0].action, "withdraw");
    assert_eq!(trail[1], newest, "the engine's refusals are written once");
}
