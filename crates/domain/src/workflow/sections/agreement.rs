use serde_json::{Map, Value};

use super::{FieldProblem, invalid};
use crate::identifiers::{IdNumber, Sex};
use crate::person::Identity;
use crate::text;
use crate::time::Day;

/// Sex and birth date say what the ID number beside them says, and everything says what the
/// person's verified identity says. A field not given agrees.
pub(super) fn check(
    table: &Map<String, Value>,
    identity: Option<&Identity>,
    problems: &mut Vec<FieldProblem>,
) {
    let number = |text: &str| IdNumber::parse_accepted(text).ok();
    let given_number = given(table, "id_number").and_then(|text| number(&text));
    let verified = identity.and_then(|identity| number(&identity.id_number));
    if let Some(identity) = identity {
        check_identity(table, identity, problems);
    }
    if given_number.is_some() && verified.is_some() && given_number != verified {
        problems.push(invalid("id_number", "证件号码与实名信息不一致"));
    }
    if let Some(number) = verified.or(given_number) {
        check_number(table, &number, problems);
    }
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

fn check_number(table: &Map<String, Value>, number: &IdNumber, problems: &mut Vec<FieldProblem>) {
    if given(table, "sex").is_some_and(|sex| Sex::parse(&sex) != Some(number.sex())) {
        problems.push(invalid("sex", "性别与证件号码不一致"));
    }
    let day = |text: String| Day::parse(&text).ok();
    if given(table, "birth_date").is_some_and(|date| day(date) != Some(number.birth_date())) {
        problems.push(invalid("birth_date", "出生日期与证件号码不一致"));
    }
}

/// The cleaned text of a field that is given and not blank.
fn given(table: &Map<String, Value>, name: &str) -> Option<String> {
    let text = text::clean(table.get(name)?.as_str()?);
    (!text.is_empty()).then_some(text)
}
