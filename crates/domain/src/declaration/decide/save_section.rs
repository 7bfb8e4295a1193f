//! 保存 one section of the form (§11.5); the others stay locked until 基本信息 is saved.

use super::Permit;
use crate::decision::Decision;
use crate::declaration::command::SavedForm;
use crate::declaration::events::{SectionFacts, SectionSaved};
use crate::facts::Facts;
use crate::refusal::{Code, Problem, Refusal};
use crate::workflow::{BASIC, FieldProblem};

pub fn decide(permit: &Permit<'_>, form: &SavedForm, facts: &Facts) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let section = permit.definition.section(&form.section).ok_or_else(|| {
        Refusal::of_field(Code::FieldInvalid, "section").with_detail("该申报书没有此章节")
    })?;
    if form.section != BASIC && !declaration.sections.contains_key(BASIC) {
        return Err(Code::SectionLocked.into());
    }
    let identity = facts
        .person(declaration.applicant)
        .and_then(|person| person.identity.as_ref());
    let checked = section
        .check(&form.body, identity, facts.at.day())
        .map_err(|problems| wrong(&form.section, problems))?;
    let event = SectionSaved {
        section: form.section.clone(),
        form: section.form,
        document: form.document.clone(),
        bytes: form.bytes,
        missing: checked.missing,
        attached: checked.attached,
        personal: Some(SectionFacts {
            content: form.content.clone(),
            person_category: basic_text(form, "person_category"),
            mobile: basic_text(form, "phone"),
        }),
    };
    Ok(Decision::on(declaration.stream(), vec![event.into()]))
}

/// A text of 基本信息 that lists show.
fn basic_text(form: &SavedForm, field: &str) -> Option<String> {
    let text = form
        .body
        .get(field)
        .filter(|_| form.section == BASIC)?
        .as_str()?;
    Some(crate::text::clean(text)).filter(|text| !text.is_empty())
}

/// The first problem answers; all of them are listed.
fn wrong(section: &str, problems: Vec<FieldProblem>) -> Refusal {
    let code = problems
        .first()
        .map_or(Code::FieldInvalid, |problem| problem.code);
    let field = problems.first().map(|problem| problem.field.clone());
    let errors = problems
        .into_iter()
        .map(|problem| Problem {
            section: section.to_owned(),
            field: problem.field,
            title: problem.title,
        })
        .collect();
    Refusal {
        code,
        field,
        detail: None,
        errors,
    }
}
