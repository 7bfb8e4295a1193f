//! 填写申请书 (§11.5): kind, target, title and work unit are chosen for good (A60).

use super::{field, submit};
use crate::catalogue::Level;
use crate::claim::{self, ClaimChange};
use crate::decision::Decision;
use crate::declaration::command::CreateDraft;
use crate::declaration::events::{DefinitionRef, DraftCreated, Opening};
use crate::declaration::state::{Applicant, Details, Target, Title};
use crate::facts::{Acting, Facts};
use crate::person::Account;
use crate::refusal::{Code, Refusal};
use crate::stream::Stream;
use crate::texts::AcceptedTexts;
use crate::time::Day;
use crate::workflow::Definition;
use crate::{CommitteeId, DeclarationId, Kind, PersonId, SettingId};

const TITLE_CHARACTERS_MAX: usize = 50;

pub fn decide(id: DeclarationId, draft: &CreateDraft, facts: &Facts) -> Result<Decision, Refusal> {
    let (person, applicant) = applicant(facts)?;
    if facts.declaration(id).is_some() {
        return Err(Code::AlreadyExists.into());
    }
    if !draft.pledge {
        return Err(Refusal::of_field(Code::PledgeRequired, "pledge"));
    }
    let definition = facts
        .newest_definition(draft.kind)
        .ok_or(Code::WrongState)?;
    let (title, level, details) = title(draft, facts)?;
    let target = target(draft, &title, facts)?;
    if facts.unit(draft.work_unit).is_none() {
        return Err(Refusal::of_field(Code::FieldInvalid, "work_unit_id")
            .with_detail("请选择已注册的工作单位"));
    }
    let details = with_extras(details, draft, facts.at.day())?;
    may_choose(draft.kind, &target, Some(level), person, facts)?;
    if facts
        .claim(&claim::number(&draft.number))
        .is_some_and(|claim| claim.holder.is_some())
    {
        return Err(Code::NumberTaken.into());
    }
    let event = DraftCreated {
        declaration: id,
        number: draft.number.clone(),
        kind: draft.kind,
        definition: reference(definition),
        applicant: person,
        target,
        title,
        level,
        work_unit: draft.work_unit,
        texts: AcceptedTexts::of(draft.kind),
        personal: Some(Opening { applicant, details }),
    };
    let number = ClaimChange::TakeForGood {
        stream: claim::number(&draft.number),
        by: id.0,
    };
    Ok(Decision::on(Stream::declaration(id), vec![event.into()]).claiming(vec![number]))
}

/// Only a natural person acting for himself declares.
fn applicant(facts: &Facts) -> Result<(PersonId, Applicant), Refusal> {
    let (Some(id), Acting::Applicant) = (facts.actor.person, facts.actor.acting) else {
        return Err(Code::NoPermission.into());
    };
    let person = facts
        .person(id)
        .filter(|person| person.account == Some(Account::Natural))
        .ok_or(Code::NoPermission)?;
    let identity = person.identity.as_ref().ok_or(Code::NoPermission)?;
    let applicant = Applicant {
        name: identity.name.clone(),
        id_type: identity.id_type,
        id_number: identity.id_number.clone(),
        mobile: identity.mobile.clone(),
        sex: identity.sex.clone(),
        birth_date: identity.birth_date,
        person_category: None,
    };
    Ok((id, applicant))
}

fn reference(definition: &Definition) -> DefinitionRef {
    DefinitionRef {
        version: definition.version,
        hash: definition.hash().to_owned(),
    }
}

/// The title as it is kept, with 专业 and 专业方向; series and title must stand in the table.
fn title(draft: &CreateDraft, facts: &Facts) -> Result<(Title, Level, Details), Refusal> {
    let text = |text: &str, name, required| field(text, name, TITLE_CHARACTERS_MAX, required);
    let title = Title {
        series: text(&draft.title.series, "title.series", true)?,
        title: text(&draft.title.title, "title.title", true)?,
    };
    let details = Details {
        specialty: text(&draft.details.specialty, "title.specialty", true)?,
        direction: text(&draft.details.direction, "title.direction", false)?,
        ..Details::default()
    };
    let unknown = |name, detail| Refusal::of_field(Code::FieldInvalid, name).with_detail(detail);
    let titles = facts
        .titles()
        .ok_or_else(|| unknown("title.series", "没有这个系列"))?;
    if !titles.series.contains_key(&title.series) {
        return Err(unknown("title.series", "没有这个系列"));
    }
    let level = titles
        .level_of(&title.series, &title.title)
        .ok_or_else(|| unknown("title.title", "该系列没有这个职称"))?;
    Ok((title, level, details))
}

/// The committee for 评审, the setting of the kind otherwise.
fn target(draft: &CreateDraft, title: &Title, facts: &Facts) -> Result<Target, Refusal> {
    let unknown = |detail| Refusal::of_field(Code::FieldInvalid, "target_id").with_detail(detail);
    if draft.kind == Kind::Review {
        let committee = CommitteeId(draft.target);
        let found = facts
            .committee(committee)
            .ok_or_else(|| unknown("没有这个评审委员会"))?;
        let office = found.office.ok_or_else(|| unknown("没有这个评审委员会"))?;
        if !found.series.contains(&title.series) {
            return Err(unknown("该评审委员会不评审这个系列"));
        }
        return Ok(Target::Committee { committee, office });
    }
    let setting = SettingId(draft.target);
    let found = facts
        .setting(setting)
        .filter(|found| found.kind == Some(draft.kind));
    let unit = found
        .and_then(|found| found.unit)
        .ok_or_else(|| unknown("没有这个受理单位的申报设置"))?;
    Ok(Target::Setting { setting, unit })
}

/// What bars a person from choosing a target now, for a title of a level where one is chosen
/// already. It decides what is offered as selectable and what a creation is refused with (A70).
///
/// # Errors
/// SUBMIT_DEADLINE_PASSED, SETTING_DISABLED, TITLE_LEVEL_TOO_HIGH, then YEAR_LOCKED (A85).
pub fn may_choose(
    kind: Kind,
    target: &Target,
    level: Option<Level>,
    person: PersonId,
    facts: &Facts,
) -> Result<(), Refusal> {
    if submit::submit_deadline(target, facts).is_some_and(|deadline| facts.at >= deadline) {
        return Err(Refusal::of_field(Code::SubmitDeadlinePassed, "target_id"));
    }
    if !submit::is_offered(target, facts) {
        return Err(Refusal::of_field(Code::SettingDisabled, "target_id"));
    }
    let highest = max_level(target, facts);
    if level.is_some_and(|level| highest.is_some_and(|highest| level.is_above(highest))) {
        return Err(Refusal::of_field(Code::TitleLevelTooHigh, "title.title"));
    }
    let lock = claim::year_lock(person, kind, target.key(), facts.at.year());
    if submit::is_locked(&lock, facts) {
        return Err(Refusal::of_field(Code::YearLocked, "target_id"));
    }
    Ok(())
}

/// The highest level that a setting of 初定 takes (A68); nothing bounds the other kinds.
fn max_level(target: &Target, facts: &Facts) -> Option<Level> {
    match target {
        Target::Setting { setting, .. } => facts.setting(*setting)?.max_level,
        Target::Committee { .. } => None,
    }
}

/// Adds the fields that only one kind has; given for another they are left out.
fn with_extras(details: Details, draft: &CreateDraft, today: Day) -> Result<Details, Refusal> {
    let given = &draft.details;
    let text = |given: &Option<String>, name, kind| match given {
        Some(text) if draft.kind == kind => field(text, name, TITLE_CHARACTERS_MAX, false)
            .map(|text| Some(text).filter(|text| !text.is_empty())),
        _ => Ok(None),
    };
    let obtained_on = given
        .obtained_on
        .filter(|_| draft.kind == Kind::Confirmation);
    if obtained_on.is_some_and(|day| day > today) {
        return Err(Refusal::of_field(Code::FieldInvalid, "obtained_on")
            .with_detail("取得时间不能晚于今天"));
    }
    Ok(Details {
        obtained_on,
        specialty_group: text(&given.specialty_group, "specialty_group", Kind::Review)?,
        application_type: text(&given.application_type, "application_type", Kind::Review)?,
        original_title: text(&given.original_title, "original_title", Kind::Confirmation)?,
        valid_scope: text(&given.valid_scope, "valid_scope", Kind::Confirmation)?,
        ..details
    })
}
