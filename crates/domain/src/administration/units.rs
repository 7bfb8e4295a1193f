//! Units and their people (§4).

use super::{member, platform, text};
use crate::decision::Decision;
use crate::event::Event;
use crate::facts::Facts;
use crate::identifiers::CreditCode;
use crate::person::{Account, PersonRegistered};
use crate::refusal::{Code, Refusal};
use crate::staff::{LegalUserAssigned, Named, OperatorLinked, OperatorMenusSaved, OperatorRemoved};
use crate::stream::Stream;
use crate::unit::{
    Address, Contact, Contacts, ContactsSaved, IssuingAuthorityGranted, IssuingAuthorityRevoked,
    Profile, SignOffToggled, UnitProfileChanged, UnitProfileCompleted, UnitRegistered,
};
use crate::vocabulary::Menu;
use crate::{PersonId, UnitId};
use std::collections::BTreeSet;

/// A unit with its legal account, as 渝快办 names them.
pub fn register(
    unit: UnitId,
    name: &str,
    code: &str,
    legal: PersonId,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    platform(facts)?;
    let name = text(name, "name", 50, true)?;
    let credit_code = credit_code(code)?;
    if facts.unit(unit).is_some()
        || facts
            .person(legal)
            .is_some_and(|person| person.id.is_some())
    {
        return Err(Code::AlreadyExists.into());
    }
    let registered = UnitRegistered {
        unit,
        name,
        credit_code,
    };
    let account = PersonRegistered {
        person: legal,
        account: Account::Legal { unit },
        personal: None,
    };
    let staff = LegalUserAssigned {
        unit,
        person: legal,
    };
    facts.staff(unit);
    Ok(Decision::on(Stream::unit(unit), vec![registered.into()])
        .and(Stream::person(legal), vec![account.into()])
        .and(Stream::staff(unit), vec![staff.into()]))
}

fn credit_code(code: &str) -> Result<String, Refusal> {
    CreditCode::parse(code)
        .map(|code| code.as_str().to_owned())
        .map_err(|problem| {
            Refusal::of_field(Code::FieldInvalid, "credit_code").with_detail(problem.to_string())
        })
}

/// 完善单位基础信息, or 单位基础信息 later. The toggle is an event of its own, so that a reactor can
/// answer it (A5).
pub fn save_profile(
    unit: UnitId,
    profile: &Profile,
    sign_off: bool,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    member(unit, Menu::UnitProfile, facts)?;
    let standing = facts.unit(unit).ok_or(Code::NotFound)?;
    let profile = checked(profile)?;
    let mut events: Vec<Event> = Vec::new();
    match &standing.profile {
        None => events.push(UnitProfileCompleted { profile, sign_off }.into()),
        Some(before) if *before != profile => events.push(UnitProfileChanged { profile }.into()),
        Some(_) => {}
    }
    if standing.is_ready() && standing.sign_off != sign_off {
        events.push(SignOffToggled { on: sign_off }.into());
    }
    Ok(Decision::on(Stream::unit(unit), events))
}

fn checked(profile: &Profile) -> Result<Profile, Refusal> {
    Ok(Profile {
        name: text(&profile.name, "name", 50, true)?,
        credit_code: credit_code(&profile.credit_code)?,
        registered_in: text(&profile.registered_in, "registered_in", 50, true)?,
        insured_in: text(&profile.insured_in, "insured_in", 50, true)?,
        nature: text(&profile.nature, "nature", 50, true)?,
        grassroots: profile.grassroots,
        expert_supervisor: text(&profile.expert_supervisor, "expert_supervisor", 50, true)?,
        returnee_supervisor: text(
            &profile.returnee_supervisor,
            "returnee_supervisor",
            50,
            true,
        )?,
        manufacturing_clusters: tags(&profile.manufacturing_clusters, "manufacturing_clusters")?,
        science_layout: tags(&profile.science_layout, "science_layout")?,
    })
}

fn tags(given: &[String], field: &str) -> Result<Vec<String>, Refusal> {
    if given.is_empty() {
        return Err(Refusal::of_field(Code::FieldRequired, field));
    }
    if given.len() > 20 {
        return Err(Refusal::of_field(Code::FieldTooLong, field));
    }
    given.iter().map(|tag| text(tag, field, 50, true)).collect()
}

/// 单位联系方式: the address, the row 职称 with its 监督电话, and those of the other businesses that
/// are filled in (§4.4, A73).
pub fn save_contacts(
    unit: UnitId,
    address: &Address,
    contacts: &Contacts,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    member(unit, Menu::UnitContacts, facts)?;
    facts.unit(unit).ok_or(Code::NotFound)?;
    let event = ContactsSaved {
        address: address_checked(address)?,
        personal: Some(contacts_checked(contacts)?),
    };
    Ok(Decision::on(Stream::unit(unit), vec![event.into()]))
}

/// An address as it is kept.
pub fn address_checked(address: &Address) -> Result<Address, Refusal> {
    Ok(Address {
        city: text(&address.city, "address.city", 50, true)?,
        district: text(&address.district, "address.district", 50, true)?,
        detail: text(&address.detail, "address.detail", 100, false)?,
    })
}

fn contacts_checked(contacts: &Contacts) -> Result<Contacts, Refusal> {
    let other = |contact: &Option<Contact>, row| match contact {
        Some(contact) => contact_checked(contact, row).map(Some),
        None => Ok(None),
    };
    let supervision_phone = match &contacts.supervision_phone {
        Some(phone) => text(phone, "contacts.titles.supervision_phone", 50, false)?,
        None => String::new(),
    };
    Ok(Contacts {
        titles: contact_checked(&contacts.titles, "contacts.titles.")?,
        supervision_phone: Some(supervision_phone).filter(|phone| !phone.is_empty()),
        experts: other(&contacts.experts, "contacts.experts.")?,
        continuing_education: other(
            &contacts.continuing_education,
            "contacts.continuing_education.",
        )?,
        returnees: other(&contacts.returnees, "contacts.returnees.")?,
        postdocs: other(&contacts.postdocs, "contacts.postdocs.")?,
    })
}

/// A contact as it is kept; landlines are welcome. `row` stands before the names of its fields.
pub fn contact_checked(contact: &Contact, row: &str) -> Result<Contact, Refusal> {
    let field = |name| format!("{row}{name}");
    let email = match &contact.email {
        Some(email) => {
            Some(text(email, &field("email"), 100, false)?).filter(|email| !email.is_empty())
        }
        None => None,
    };
    if email.as_ref().is_some_and(|email| !is_email(email)) {
        return Err(Refusal::of_field(Code::FieldInvalid, &field("email")));
    }
    Ok(Contact {
        person: text(&contact.person, &field("person"), 50, true)?,
        phone: text(&contact.phone, &field("phone"), 50, true)?,
        email,
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_blank_free = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels: Vec<&str> = domain.split('.').collect();
    is_blank_free
        && !local.is_empty()
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty())
}

/// 职称发证权限, by 市职改办 (§8). Taken back, the unit's settings are forced to 否 with it (A50).
pub fn set_authority(unit: UnitId, granted: bool, facts: &Facts) -> Result<Decision, Refusal> {
    platform(facts)?;
    let standing = facts.unit(unit).ok_or(Code::NotFound)?;
    match (standing.issuing_authority, granted) {
        (false, true) => Ok(Decision::on(
            Stream::unit(unit),
            vec![IssuingAuthorityGranted {}.into()],
        )),
        (true, false) => {
            let revoked = Decision::on(Stream::unit(unit), vec![IssuingAuthorityRevoked {}.into()]);
            Ok(super::plans::settings_off(unit, facts)
                .into_iter()
                .fold(revoked, |decision, (stream, event)| {
                    decision.and(stream, vec![event.into()])
                }))
        }
        _ => Ok(Decision::default()),
    }
}

/// 用户管理 › 新增: a registered natural person becomes an operator.
pub fn link(unit: UnitId, person: PersonId, facts: &Facts) -> Result<Decision, Refusal> {
    member(unit, Menu::Users, facts)?;
    let known = facts
        .person(person)
        .filter(|known| known.account == Some(Account::Natural));
    let known = known.ok_or_else(|| Refusal::of_field(Code::FieldInvalid, "person_id"))?;
    let name = known.display_name().to_owned();
    if facts
        .staff(unit)
        .is_some_and(|staff| staff.operators.contains_key(&person))
    {
        return Err(Refusal::of_field(Code::AlreadyExists, "person_id"));
    }
    let event = OperatorLinked {
        person,
        personal: Some(Named { name }),
    };
    Ok(Decision::on(Stream::staff(unit), vec![event.into()]))
}

/// 用户管理 › 删除; open work stays with the person's name on it (A47).
pub fn remove(unit: UnitId, person: PersonId, facts: &Facts) -> Result<Decision, Refusal> {
    member(unit, Menu::Users, facts)?;
    operator(unit, person, facts)?;
    Ok(Decision::on(
        Stream::staff(unit),
        vec![OperatorRemoved { person }.into()],
    ))
}

/// 用户权限 › 保存 (§4.6).
pub fn save_menus(
    unit: UnitId,
    person: PersonId,
    menus: &BTreeSet<Menu>,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    member(unit, Menu::Permissions, facts)?;
    operator(unit, person, facts)?;
    let event = OperatorMenusSaved {
        person,
        menus: menus.clone(),
    };
    Ok(Decision::on(Stream::staff(unit), vec![event.into()]))
}

fn operator(unit: UnitId, person: PersonId, facts: &Facts) -> Result<(), Refusal> {
    let known = facts
        .staff(unit)
        .is_some_and(|staff| staff.operators.contains_key(&person));
    if known {
        Ok(())
    } else {
        Err(Code::NotFound.into())
    }
}
