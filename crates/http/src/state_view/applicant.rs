use crate::access::Capacity;
use crate::schema::{Date, DocumentTypeCode};
use docket_domain::declaration::Applicant;
use docket_domain::mask;
use docket_domain::time::Day;
use docket_domain::vocabulary::DocumentType;
use serde::Serialize;
use utoipa::ToSchema;

/// 申报人, as last submitted: whole for the applicant, the step's handler and auditors, masked for
/// everybody else; nothing once erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicantView {
    /// 姓名
    pub name: Option<String>,
    /// 性别
    pub sex: Option<String>,
    /// 出生日期, for those who see the data as they are.
    #[schema(value_type = Option<Date>)]
    pub birth_date: Option<Day>,
    /// 证件类型
    #[schema(value_type = Option<DocumentTypeCode>)]
    pub id_type: Option<DocumentType>,
    /// 证件类型 as people read it.
    pub id_type_label: Option<&'static str>,
    /// 证件号码
    pub id_number: Option<String>,
    /// 手机号
    pub phone: Option<String>,
    /// 人员类别
    pub person_category: Option<String>,
    /// Whether the values are masked.
    pub masked: bool,
    /// Fields that this caller may not read, masked or not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub withheld: Vec<&'static str>,
    /// Whether the applicant's data were erased.
    pub erased: bool,
}

impl ApplicantView {
    /// The applicant as somebody in a capacity reads him.
    pub fn of(person: Option<&Applicant>, capacity: Capacity) -> Self {
        let masked = !capacity.sees_all();
        let shown = |text: fn(&Applicant) -> &String, mask: fn(&str) -> String| {
            let text = person.map(text);
            text.map(|text| if masked { mask(text) } else { text.clone() })
        };
        // The mask of the number hides the date of birth, so the date itself cannot stand beside it.
        let hides_birth = masked && person.is_some();
        Self {
            name: shown(|person| &person.name, mask::name),
            sex: person.map(|person| person.sex.clone()),
            birth_date: person.filter(|_| !masked).map(|person| person.birth_date),
            id_type: person.map(|person| person.id_type),
            id_type_label: person.map(|person| person.id_type.label()),
            id_number: shown(|person| &person.id_number, mask::id_number),
            phone: shown(|person| &person.mobile, mask::mobile),
            person_category: person.and_then(|person| person.person_category.clone()),
            masked,
            withheld: hides_birth.then_some("birth_date").into_iter().collect(),
            erased: person.is_none(),
        }
    }
}
