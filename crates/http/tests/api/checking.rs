//! What those read who must check the person, and what everybody else reads of him.

use crate::support::Service;
use crate::support::cast::Who;
use crate::support::forms::publicity;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(async:
    who_checks_the_person_reads_sex_birth_document_and_category,
    everybody_else_reads_masks_and_no_date_of_birth,
    a_unit_whose_step_was_removed_reads_nothing,
    a_date_of_birth_in_the_form_is_withheld_with_the_number,
    the_applicant_is_told_what_of_a_step_is_withheld,
    a_unit_reads_the_form_as_it_was_last_submitted,
);

async fn applicant_as(service: &Service, who: &Who, id: &str) -> Value {
    let shown = service.get(who, &format!("/declarations/{id}")).ok().await;
    shown.body["applicant"].clone()
}

/// The whole person, as the account has him.
fn whole(who: &Who) -> Value {
    json!({
        "name": who.name, "sex": sex(who), "birth_date": "1991-03-15",
        "id_type": "resident_id", "id_type_label": "身份证", "id_number": who.id_number,
        "phone": who.mobile, "person_category": "事业单位人员", "masked": false, "erased": false,
    })
}

fn masked(who: &Who) -> Value {
    let (number, phone) = (&who.id_number, &who.mobile);
    json!({
        "name": "钱*", "sex": sex(who), "birth_date": null,
        "id_type": "resident_id", "id_type_label": "身份证",
        "id_number": format!("{}**********{}", &number[..4], &number[14..]),
        "phone": format!("{}****{}", &phone[..3], &phone[7..]),
        "person_category": "事业单位人员", "masked": true, "withheld": ["birth_date"], "erased": false,
    })
}

/// The last digit but one of the number tells it.
fn sex(who: &Who) -> &'static str {
    let digit = who.id_number.as_bytes()[16] - b'0';
    if digit % 2 == 1 { "男" } else { "女" }
}

async fn who_checks_the_person_reads_sex_birth_document_and_category(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .publicized(applicant, Kind::Review, &cast.school)
        .await;
    for who in [applicant, &cast.school.first, &cast.auditor] {
        assert_eq!(applicant_as(&service, who, &id).await, whole(applicant));
    }
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    service
        .report(&cast.bureau.first, &id, &cast.office, None)
        .await;
    service.act(&cast.office.first, &id, "sign").ok().await;
    for handler in [&cast.school.first, &cast.bureau.first, &cast.office.first] {
        assert_eq!(applicant_as(&service, handler, &id).await, whole(applicant));
    }
}

async fn everybody_else_reads_masks_and_no_date_of_birth(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .publicized(applicant, Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    let unsigned = [&cast.bureau.first, &cast.bureau.legal];
    for who in [&cast.school.second, &cast.school.legal]
        .into_iter()
        .chain(unsigned)
    {
        let shown = service.get(who, &format!("/declarations/{id}")).ok().await;
        assert_eq!(shown.body["applicant"], masked(applicant));
        for secret in [&applicant.name, &applicant.id_number, &applicant.mobile] {
            assert!(!shown.text.contains(secret.as_str()), "{}", shown.text);
        }
        assert!(!shown.text.contains("1991-03-15"), "{}", shown.text);
    }
    service.act(&cast.bureau.first, &id, "sign").ok().await;
    service
        .report(&cast.bureau.first, &id, &cast.office, None)
        .await;
    for who in [
        &cast.bureau.second,
        &cast.office.first,
        &cast.office.second,
        &cast.office.legal,
    ] {
        assert_eq!(applicant_as(&service, who, &id).await, masked(applicant));
    }
}

async fn a_unit_whose_step_was_removed_reads_nothing(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .publicized(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service
        .report(&cast.school.first, &id, &cast.bureau, Some(publicity()))
        .await;
    service.act(&cast.school.first, &id, "withdraw").ok().await;
    for who in [&cast.bureau.first, &cast.bureau.legal] {
        let refused = service
            .get(who, &format!("/declarations/{id}"))
            .refused(404, "UNIT_MISMATCH")
            .await;
        assert!(!refused.text.contains("钱"), "{}", refused.text);
    }
}

async fn a_date_of_birth_in_the_form_is_withheld_with_the_number(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service
        .draft(applicant, Kind::Review, &cast.school)
        .await
        .id();
    let mut basic = crate::support::forms::sections(Kind::Review).remove(0).1;
    basic["birth_date"] = json!("1991-03-15");
    service
        .put(
            applicant,
            &format!("/declarations/{id}/sections/basic"),
            basic,
        )
        .if_match(1)
        .ok()
        .await;
    let mut version = 2;
    for (section, body) in crate::support::forms::sections(Kind::Review)
        .into_iter()
        .skip(1)
    {
        let path = format!("/declarations/{id}/sections/{section}");
        version = service
            .put(applicant, &path, body)
            .if_match(version)
            .ok()
            .await
            .version();
    }
    service.act(applicant, &id, "submit").ok().await;
    service.act(&cast.school.first, &id, "sign").ok().await;
    let path = format!("/declarations/{id}");
    let other = service.get(&cast.school.second, &path).ok().await;
    let basic = &other.body["sections"]["basic"];
    assert_eq!(basic["withheld"], json!(["birth_date"]));
    assert_eq!(basic["content"], "plain");
    assert_eq!(basic["body"]["eligibility"], "符合正常申报条件");
    assert!(!other.text.contains("1991-03-15"), "{}", other.text);
    let handler = service.get(&cast.school.first, &path).ok().await;
    assert_eq!(
        handler.body["sections"]["basic"]["body"]["birth_date"],
        "1991-03-15"
    );
}

async fn the_applicant_is_told_what_of_a_step_is_withheld(engine: Engine) {
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
    let step = &own.body["steps"][0];
    assert_eq!(
        step["withheld"],
        json!(["opinion", "responsible_person", "phone"])
    );
    assert_eq!(own.body["steps"][1]["withheld"], Value::Null);
    let superior = service.get(&cast.bureau.first, &path).ok().await;
    assert_eq!(superior.body["steps"][0]["withheld"], Value::Null);
    assert_eq!(superior.body["steps"][0]["responsible_person"], "负小责");
}

async fn a_unit_reads_the_form_as_it_was_last_submitted(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let applicant = &cast.applicants[0];
    let id = service.signed(applicant, Kind::Review, &cast.school).await;
    let path = format!("/declarations/{id}");
    let back = json!({"to": "applicant", "reason": "请更正"});
    service
        .post(&cast.school.first, &format!("{path}/return"), back)
        .ok()
        .await;
    let save = async |section: &str, body: Value| {
        let version = service.get(applicant, &path).ok().await.version();
        let saved = service.put(applicant, &format!("{path}/sections/{section}"), body);
        saved.if_match(version).ok().await;
    };
    let achievements = |name: &str| json!({"rows": [{"name": name}]});
    save("achievements", achievements("另一工程")).await;
    save("achievements", achievements("第三工程")).await;
    save("patents", json!({"rows": [{"name": "某某专利"}]})).await;
    let name = |shown: &crate::support::Reply| {
        shown.body["sections"]["achievements"]["body"]["rows"][0]["name"].clone()
    };
    let unit = service.get(&cast.school.first, &path).ok().await;
    assert_eq!(name(&unit), "某某工程");
    let new = &unit.body["sections"]["patents"];
    assert_eq!(
        (&new["content"], &new["body"]),
        (&json!("withheld"), &Value::Null)
    );
    assert!(!unit.text.contains("某某专利"), "{}", unit.text);
    for who in [applicant, &cast.auditor] {
        assert_eq!(
            name(&service.get(who, &path).ok().await),
            "第三工程",
            "{}",
            who.name
        );
    }
    service.act(applicant, &id, "submit").ok().await;
    let unit = service.get(&cast.school.first, &path).ok().await;
    assert_eq!(name(&unit), "第三工程");
    assert_eq!(unit.body["sections"]["patents"]["content"], "plain");
}
