//! Accounts and the platform's roles.

use super::platform;
use crate::PersonId;
use crate::claim::ClaimChange;
use crate::decision::Decision;
use crate::facts::{Acting, Facts};
use crate::identifiers::{IdNumber, Mobile};
use crate::person::{Account, Identity, PersonRegistered, SystemRoleGranted};
use crate::refusal::{Code, Refusal};
use crate::stream::{Category, Stream};
use crate::vocabulary::SystemRole;

/// A natural person; one human is one account, found by the ID document (§11.2).
pub fn register(
    person: PersonId,
    identity: &Identity,
    claim: &str,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    if facts.actor.acting != Acting::System && facts.actor.person != Some(person) {
        return Err(Code::NoPermission.into());
    }
    let identity = checked(identity, facts)?;
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

/// The identity as it is kept: sex and birth date come from the ID number.
fn checked(identity: &Identity, facts: &Facts) -> Result<Identity, Refusal> {
    let name = super::text(&identity.name, "name", 50, true)?;
    let number = IdNumber::parse(&identity.id_number, facts.at.day()).map_err(|problem| {
        Refusal::of_field(Code::FieldInvalid, "id_number").with_detail(problem.to_string())
    })?;
    let mobile = Mobile::parse(&identity.mobile).map_err(|problem| {
        Refusal::of_field(Code::FieldInvalid, "mobile").with_detail(problem.to_string())
    })?;
    Ok(Identity {
        name,
        id_number: number.as_str().to_owned(),
        mobile: mobile.as_str().to_owned(),
        sex: number.sex().label().to_owned(),
        birth_date: number.birth_date(),
    })
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
