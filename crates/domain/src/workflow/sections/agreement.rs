use serde_json::{Map, Value};

use super::{FieldProblem, field, invalid};
use crate::identifiers::{Document, Sex};
use crate::person::Identity;
use crate::text;
use crate::time::Day;
use crate::vocabulary::DocumentType;

/// The type of the document that a number in the section is of: as given, else that of the verified
/// identity, else 身份证.
pub(super) fn id_type(table: &Map<String, Value>, identity: Option<&Identity>) -> DocumentType {
    given(table, "id_type")
        .and_then(|text| field::document_type(&text))
        .or(identity.map(|identity| identity.id_type))
        .unwrap_or(DocumentType::ResidentId)
}

/// Everything says what the person's verified identity says; without one, sex and birth date say
/// what the number beside them tells. A field not given agrees.
pub(super) fn check(
    table: &Map<String, Value>,
    identity: Option<&Identity>,
    id_type: DocumentType,
    problems: &mut Vec<FieldProblem>,
) {
    let document = |text: String| Document::parse_accepted(id_type, &text).ok();
    let given_document = given(table, "id_number").and_then(document);
    let Some(identity) = identity else {
        if let Some((sex, birth_date)) = given_document.and_then(|document| document.told()) {
            check_person(table, sex.label(), birth_date, problems);
        }
        return;
    };
    check_identity(table, identity, problems);
    if id_type != identity.id_type {
        problems.push(invalid("id_type", "证件类型与实名信息不一致"));
    }
    if given_document.is_some_and(|document| document.number() != identity.id_number) {
        problems.push(invalid("id_number", "证件号码与实名信息不一致"));
    }
    check_person(table, &identity.sex, identity.birth_date, problems);
}

fn check_identity(
    table: &Map<String, Value>,
    identity: &Identity,
    problems: &mut Vec<FieldProblem>,
) {
    if given(table, "name").is_some_and(|name| name != text::clean(&identity.name)) {
        problems.push(invalid("name", "姓名与实名信息不一致"));
    }
    if given(table, "phone").is_some_and(|phone| phone != identity.mobile) {
        problems.push(invalid("phone", "手机号与实名信息不一致"));
    }
}

fn check_person(
    table: &Map<String, Value>,
    sex: &str,
    birth_date: Day,
    problems: &mut Vec<FieldProblem>,
) {
    let says = |text: String| Sex::parse(&text).map(Sex::label);
    if given(table, "sex").is_some_and(|text| says(text) != Some(sex)) {
        problems.push(invalid("sex", "性别与证件号码不一致"));
    }
    let day = |text: String| Day::parse(&text).ok();
    if given(table, "birth_date").is_some_and(|text| day(text) != Some(birth_date)) {
        problems.push(invalid("birth_date", "出生日期与证件号码不一致"));
    }
}

/// The cleaned text of a field that is given and not blank.
fn given(table: &Map<String, Value>, name: &str) -> Option<String> {
    let text = text::clean(table.get(name)?.as_str()?);
    (!text.is_empty()).then_some(text)
}
