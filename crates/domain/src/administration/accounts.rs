//! Accounts and the platform's roles.

use super::platform;
use crate::PersonId;
use crate::claim::ClaimChange;
use crate::decision::Decision;
use crate::facts::{Acting, Facts};
use crate::identifiers::{Document, Mobile, Sex, is_plausible_birth};
use crate::person::{Account, Identity, PersonForm, PersonRegistered, SystemRoleGranted};
use crate::refusal::{Code, Refusal};
use crate::stream::{Category, Stream};
use crate::time::Day;
use crate::vocabulary::{DocumentType, SystemRole};

/// A natural person; one human is one account, found by the document (§11.2, A65).
pub fn register(
    person: PersonId,
    form: &PersonForm,
    claim: &str,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    if facts.actor.acting != Acting::System && facts.actor.person != Some(person) {
        return Err(Code::NoPermission.into());
    }
    let identity = checked(form, facts.at.day())?;
    let claim = Stream::new(Category::Identity, claim);
    let taken = facts
        .claim(&claim)
        .is_some_and(|claim| claim.holder.is_some());
    if taken || facts.person(person).is_some_and(|known| known.id.is_some()) {
        return Err(Refusal::of_field(Code::AlreadyExists, "id_number"));
    }
    let event = PersonRegistered {
        person,
        account: Account::Natural,
        personal: Some(identity),
    };
    Ok(
        Decision::on(Stream::person(person), vec![event.into()]).claiming(vec![
            ClaimChange::TakeForGood {
                stream: claim,
                by: person.0,
            },
        ]),
    )
}

/// The identity as it is kept.
fn checked(form: &PersonForm, today: Day) -> Result<Identity, Refusal> {
    let invalid = |field, problem: &dyn std::fmt::Display| {
        Refusal::of_field(Code::FieldInvalid, field).with_detail(problem.to_string())
    };
    let name = super::text(&form.name, "name", 50, true)?;
    let id_type = form.id_type.unwrap_or(DocumentType::ResidentId);
    let document = Document::parse(id_type, &form.id_number, today)
        .map_err(|problem| invalid("id_number", &problem))?;
    let mobile = Mobile::parse(&form.mobile).map_err(|problem| invalid("mobile", &problem))?;
    let (sex, birth_date) = match document.told() {
        Some(told) => told,
        None => entered(form, today)?,
    };
    Ok(Identity {
        name,
        id_type,
        id_number: document.number().to_owned(),
        mobile: mobile.as_str().to_owned(),
        sex: sex.label().to_owned(),
        birth_date,
    })
}

/// Sex and birth date where the number does not tell them.
fn entered(form: &PersonForm, today: Day) -> Result<(Sex, Day), Refusal> {
    let required = |field| Refusal::of_field(Code::FieldRequired, field);
    let invalid = |field| Refusal::of_field(Code::FieldInvalid, field);
    let sex = form.sex.as_deref().ok_or_else(|| required("sex"))?;
    let sex = Sex::parse(sex).ok_or_else(|| invalid("sex"))?;
    let birth_date = form.birth_date.ok_or_else(|| required("birth_date"))?;
    if !is_plausible_birth(birth_date, today) {
        return Err(invalid("birth_date"));
    }
    Ok((sex, birth_date))
}

/// Grants a role to a natural person, once.
pub fn grant(person: PersonId, role: SystemRole, facts: &Facts) -> Result<Decision, Refusal> {
    platform(facts)?;
    let known = facts
        .person(person)
        .filter(|known| known.account == Some(Account::Natural))
        .ok_or(Code::NotFound)?;
    if known.roles.contains(&role) {
        return Ok(Decision::default());
    }
    Ok(Decision::on(
        Stream::person(person),
        vec![SystemRoleGranted { role }.into()],
    ))
}
