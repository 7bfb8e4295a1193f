#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::kind::Kind;
use crate::workflow::Definition;

fn definition(kind: Kind) -> Definition {
    Definition::builtin()
        .into_iter()
        .find(|definition| definition.kind == kind)
        .unwrap()
}

fn check_as(
    kind: Kind,
    section: &str,
    body: &Value,
    identity: Option<&Identity>,
) -> Result<Checked, Vec<FieldProblem>> {
    let today = Day::parse("2026-03-02").unwrap();
    definition(kind)
        .section(section)
        .unwrap()
        .check(body, identity, today)
}

/// Saves a body of a review's section and lists `code field` of each problem.
fn problems(section: &str, body: &Value) -> Vec<String> {
    codes(check_as(Kind::Review, section, body, None))
}

fn codes(result: Result<Checked, Vec<FieldProblem>>) -> Vec<String> {
    let problems = result.err().unwrap_or_default();
    problems
        .iter()
        .map(|problem| format!("{} {}", problem.code.code(), problem.field))
        .collect()
}

fn basic() -> Value {
    json!({
        "eligibility": "符合条件", "name": "林小满", "sex": "female", "birth_date": "1995-06-12",
        "id_number": "500112199506120027", "phone": "13800000000", "work_started_on": "2017-07-01",
        "person_category": "事业单位", "summary": "总结", "email": "lin@example.com",
    })
}

fn basic_with(name: &str, value: Value) -> Value {
    let mut body = basic();
    body[name] = value;
    body
}

#[test]
fn a_good_basic_section_and_an_empty_one_are_both_saved() {
    assert_eq!(problems("basic", &basic()), [""; 0]);
    assert_eq!(problems("basic", &json!({})), [""; 0]);
    assert_eq!(
        problems("basic", &json!({"name": null, "phone": " ", "sex": ""})),
        [""; 0]
    );
}

#[test]
fn wrong_types_and_formats_are_invalid() {
    for (name, value) in [
        ("name", json!(5)),
        ("sex", json!("x")),
        ("birth_date", json!("1995-6-12")),
        ("work_started_on", json!("2017-02-30")),
        ("id_number", json!("500112199506120028")),
        ("phone", json!("023-60000000")),
        ("email", json!("lin@example")),
        ("email", json!("lin example@a.b")),
        ("summary", json!(["总结"])),
        ("nickname", json!("小满")),
    ] {
        assert_eq!(
            problems("basic", &basic_with(name, value)),
            [format!("FIELD_INVALID {name}")]
        );
    }
}

#[test]
fn limits_count_characters_after_trimming() {
    let at_limit = format!("\u{3000}{} ", "字".repeat(3000));
    assert_eq!(
        problems("basic", &basic_with("summary", json!(at_limit))),
        [""; 0]
    );
    let over = basic_with("summary", json!("字".repeat(3001)));
    assert_eq!(problems("basic", &over), ["FIELD_TOO_LONG summary"]);
    let title = &check_as(Kind::Review, "basic", &over, None).unwrap_err()[0].title;
    assert_eq!(title, "思想和业务工作总结不超过3000字");
}

#[test]
fn sex_and_birth_date_must_say_what_the_id_number_says() {
    assert_eq!(
        problems("basic", &basic_with("sex", json!("男"))),
        ["FIELD_INVALID sex"]
    );
    assert_eq!(problems("basic", &basic_with("sex", json!("女"))), [""; 0]);
    let other_day = basic_with("birth_date", json!("1995-06-13"));
    assert_eq!(problems("basic", &other_day), ["FIELD_INVALID birth_date"]);
}

#[test]
fn every_problem_is_reported_at_once() {
    let body = json!({"name": 1, "phone": "1", "sex": "?"});
    let all = [
        "FIELD_INVALID name",
        "FIELD_INVALID sex",
        "FIELD_INVALID phone",
    ];
    assert_eq!(problems("basic", &body), all);
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    for body in [json!([]), json!("text"), json!(null), json!(1)] {
        assert_eq!(problems("papers", &body), ["FIELD_INVALID papers"]);
    }
}

#[test]
fn eight_levels_are_allowed_and_nine_are_not() {
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({"a": inner}));
    assert_eq!(problems("papers", &nested(8)), [""; 0]);
    assert_eq!(
        problems("papers", &nested(9)),
        ["FIELD_INVALID a.a.a.a.a.a.a.a"]
    );
}

#[test]
fn u_0000_is_refused_in_values_and_in_keys() {
    let value = json!({"rows": [{"title": "a"}, {"title": "b\0"}]});
    assert_eq!(problems("papers", &value), ["FIELD_INVALID rows[1].title"]);
    assert_eq!(
        problems("papers", &json!({"a\0b": 1})),
        ["FIELD_INVALID ab"]
    );
    for key in ["", " ", &"k".repeat(65)] {
        assert_eq!(problems("papers", &json!({key: 1})).len(), 1, "{key}");
    }
}

#[test]
fn a_body_of_more_than_256_kib_is_too_long() {
    let of_bytes = |bytes: usize| json!({"note": "x".repeat(bytes - r#"{"note":""}"#.len())});
    assert_eq!(problems("papers", &of_bytes(256 * 1024)), [""; 0]);
    assert_eq!(
        problems("papers", &of_bytes(256 * 1024 + 1)),
        ["FIELD_TOO_LONG papers"]
    );
}

#[test]
fn rows_are_objects_and_not_too_many() {
    let rows = |count: usize| json!({"rows": vec![json!({"title": "x"}); count]});
    assert_eq!(problems("papers", &rows(200)), [""; 0]);
    assert_eq!(problems("papers", &rows(201)), ["FIELD_TOO_LONG rows"]);
    assert_eq!(
        problems("papers", &json!({"rows": ["x"]})),
        ["FIELD_INVALID rows"]
    );
    assert_eq!(
        problems("papers", &json!({"rows": {}})),
        ["FIELD_INVALID rows"]
    );
}

#[test]
fn a_text_section_is_limited() {
    let save = |text: Value| {
        codes(check_as(
            Kind::Initial,
            "performance",
            &json!({"text": text}),
            None,
        ))
    };
    assert_eq!(save(json!("字".repeat(3000))), [""; 0]);
    assert_eq!(save(json!("字".repeat(3001))), ["FIELD_TOO_LONG text"]);
    assert_eq!(save(json!(1)), ["FIELD_INVALID text"]);
}

#[test]
fn a_range_of_days_has_both_ends_in_order() {
    let save = |range: Value| {
        codes(check_as(
            Kind::Confirmation,
            "basic",
            &json!({"contract": range}),
            None,
        ))
    };
    assert_eq!(
        save(json!({"start": "2024-01-01", "end": "2024-01-01"})),
        [""; 0]
    );
    for range in [
        json!({"start": "2024-01-02", "end": "2024-01-01"}),
        json!({"start": "2024-01-02"}),
        json!({"start": "2024-01-02", "end": "2025-01-01", "to": "x"}),
        json!("2024-01-02"),
    ] {
        assert_eq!(save(range), ["FIELD_INVALID contract"]);
    }
}

fn identity(id_type: DocumentType, id_number: &str) -> Identity {
    Identity {
        name: "林小满".to_owned(),
        id_type,
        id_number: id_number.to_owned(),
        mobile: "13800000000".to_owned(),
        sex: "女".to_owned(),
        birth_date: Day::parse("1995-06-12").unwrap(),
    }
}

fn against_identity(body: &Value) -> Vec<String> {
    let identity = identity(DocumentType::ResidentId, "500112199506120027");
    codes(check_as(Kind::Review, "basic", body, Some(&identity)))
}

#[test]
fn a_passport_is_checked_by_its_own_rule_and_the_person_by_the_verified_identity() {
    let identity = identity(DocumentType::Passport, "E1234567");
    let ask = |body: Value| codes(check_as(Kind::Initial, "basic", &body, Some(&identity)));
    for right in [
        json!({"id_number": "e1234567"}),
        json!({"id_type": "passport", "id_number": "E1234567"}),
        json!({"id_type": "护照", "sex": "女", "birth_date": "1995-06-12"}),
    ] {
        assert_eq!(ask(right.clone()), [""; 0], "{right}");
    }
    for (wrong, field) in [
        (json!({"id_number": "E1234568"}), "id_number"),
        (json!({"id_number": "E12"}), "id_number"),
        (json!({"id_type": "taiwan_permit"}), "id_type"),
        (json!({"id_type": "驾驶证"}), "id_type"),
        (
            json!({"id_type": "身份证", "id_number": "E1234567"}),
            "id_number",
        ),
        (json!({"sex": "男"}), "sex"),
        (json!({"birth_date": "1995-06-13"}), "birth_date"),
    ] {
        assert_eq!(
            ask(wrong.clone()),
            [format!("FIELD_INVALID {field}")],
            "{wrong}"
        );
    }
    let other = json!({"id_type": "resident_id", "id_number": "500112199506120027"});
    let both = ["FIELD_INVALID id_type", "FIELD_INVALID id_number"];
    assert_eq!(ask(other), both);
}

#[test]
fn what_is_given_must_agree_with_the_identity_and_what_is_not_given_does() {
    assert_eq!(against_identity(&basic()), [""; 0]);
    assert_eq!(against_identity(&json!({})), [""; 0]);
    for (name, value) in [
        ("name", "林大满"),
        ("phone", "13900000000"),
        ("sex", "male"),
        ("birth_date", "1990-01-01"),
        ("id_number", "500112199103151013"),
    ] {
        let expected = [format!("FIELD_INVALID {name}")];
        assert_eq!(against_identity(&json!({name: value})), expected);
        assert_eq!(against_identity(&basic_with(name, json!(value))), expected);
    }
}

#[test]
fn an_id_number_of_an_impossible_age_is_invalid() {
    let body = json!({"id_number": "500103190302070016"});
    assert_eq!(problems("basic", &body), ["FIELD_INVALID id_number"]);
}

#[test]
fn attachments_name_files_by_hash_and_the_requirements_they_meet() {
    let (one, two) = (
        "018f0000-0000-7000-8000-000000000001",
        "018f0000-0000-7000-8000-000000000002",
    );
    let sha256 = "ab".repeat(32);
    let file = |requirement: Value| json!({"requirement_id": requirement, "name": "证书.pdf", "sha256": sha256});
    let body =
        json!({"rows": [file(json!(two)), file(json!(one)), file(json!(two)), file(json!(null))]});
    let checked = check_as(Kind::Review, "attachments", &body, None).unwrap();
    assert_eq!(
        checked.attached,
        [one.parse().unwrap(), two.parse().unwrap()]
    );
    assert_eq!(
        check_as(Kind::Review, "attachments", &json!({}), None),
        Ok(Checked::default())
    );
    let wrong =
        json!({"rows": [{"requirement_id": "1", "sha256": sha256}, {"requirement_id": one}, "x"]});
    assert_eq!(
        problems("attachments", &wrong),
        [
            "FIELD_INVALID rows[0].requirement_id",
            "FIELD_INVALID rows[1].sha256",
            "FIELD_INVALID rows[2].sha256"
        ]
    );
    assert_eq!(
        problems("attachments", &json!({"rows": {}})),
        ["FIELD_INVALID rows"]
    );
}

/// What a body still lacks.
fn missing(kind: Kind, section: &str, body: &Value) -> Vec<String> {
    check_as(kind, section, body, None).unwrap().missing
}

#[test]
fn the_required_sections_are_few() {
    let required = |kind| -> Vec<String> {
        let definition = definition(kind);
        let sections = definition
            .sections
            .iter()
            .filter(|section| section.required);
        sections.map(|section| section.code.clone()).collect()
    };
    assert_eq!(
        required(Kind::Review),
        ["basic", "education", "work_experience", "achievements"]
    );
    assert_eq!(
        required(Kind::Initial),
        ["basic", "education", "performance", "probation_summary"]
    );
    assert_eq!(
        required(Kind::Confirmation),
        ["basic", "work_since_joining"]
    );
}

#[test]
fn an_empty_basic_section_lists_what_it_needs_in_the_forms_order() {
    let needs = [
        "eligibility",
        "work_started_on",
        "person_category",
        "summary",
    ];
    assert_eq!(missing(Kind::Review, "basic", &json!({})), needs);
    assert_eq!(missing(Kind::Review, "basic", &basic()), [""; 0]);
    let needs = ["health", "highest_education", "person_category"];
    assert_eq!(missing(Kind::Initial, "basic", &json!({})), needs);
}

#[test]
fn rows_and_texts_are_missing_until_something_stands_in_them() {
    assert_eq!(missing(Kind::Review, "education", &json!({})), ["rows"]);
    assert_eq!(
        missing(
            Kind::Review,
            "education",
            &json!({"rows": [{"school": "x"}]})
        ),
        [""; 0]
    );
    assert_eq!(
        missing(Kind::Initial, "performance", &json!({"text": "\n"})),
        ["text"]
    );
    assert_eq!(
        missing(Kind::Initial, "performance", &json!({"text": "x"})),
        [""; 0]
    );
    assert_eq!(
        missing(Kind::Review, "papers", &json!({})),
        [""; 0],
        "not required"
    );
}

#[test]
fn a_missing_field_has_its_label_and_rows_have_the_sections() {
    let review = definition(Kind::Review);
    assert_eq!(
        review.section(BASIC).unwrap().field_label("summary"),
        "思想和业务工作总结"
    );
    assert_eq!(
        review.section("education").unwrap().field_label("rows"),
        "学历学位"
    );
}

#[test]
fn blank_values_and_empty_rows_do_not_count() {
    assert_eq!(
        missing(
            Kind::Review,
            "basic",
            &basic_with("summary", json!("\u{3000}"))
        ),
        ["summary"]
    );
    for rows in [
        json!([]),
        json!([{}]),
        json!([{"school": " "}, {"years": []}]),
    ] {
        assert_eq!(
            missing(Kind::Review, "education", &json!({"rows": rows})),
            ["rows"]
        );
    }
}
