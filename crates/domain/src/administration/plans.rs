//! Committees with their plans, and recognition settings (§8).

use super::{member, platform, text};
use crate::administration::SettingForm;
use crate::catalogue::Level;
use crate::claim::{self, ClaimChange};
use crate::committee::{CommitteeCreated, CommitteePlanSaved, Deadlines};
use crate::decision::Decision;
use crate::facts::Facts;
use crate::refusal::{Code, Refusal};
use crate::requirement::Requirement;
use crate::setting::RecognitionSettingSaved;
use crate::stream::Stream;
use crate::time::Instant;
use crate::unit::Unit;
use crate::vocabulary::Menu;
use crate::{CommitteeId, Kind, SettingId, UnitId};

/// A committee, set up by the platform at a ready unit.
pub fn create(
    committee: CommitteeId,
    name: &str,
    office: UnitId,
    series: &[String],
    facts: &Facts,
) -> Result<Decision, Refusal> {
    platform(facts)?;
    if facts.committee(committee).is_some() {
        return Err(Code::AlreadyExists.into());
    }
    let name = text(name, "name", 50, true)?;
    if !facts.unit(office).is_some_and(Unit::is_ready) {
        return Err(Refusal::of_field(Code::FieldInvalid, "office_id"));
    }
    let titles = facts
        .titles()
        .ok_or_else(|| Refusal::of_field(Code::FieldInvalid, "series"))?;
    if series.is_empty()
        || series
            .iter()
            .any(|series| !titles.series.contains_key(series))
    {
        return Err(Refusal::of_field(Code::FieldInvalid, "series"));
    }
    let event = CommitteeCreated {
        committee,
        name,
        office,
        series: series.to_vec(),
    };
    Ok(Decision::on(
        Stream::committee(committee),
        vec![event.into()],
    ))
}

/// A plan, by the office's legal user or an operator with 评委会; it applies at once (A12, A75).
pub fn save(
    committee: CommitteeId,
    deadlines: Deadlines,
    notice: &str,
    attachments: &[Requirement],
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let standing = facts.committee(committee).ok_or(Code::NoPermission)?;
    let office = standing.office.ok_or(Code::NoPermission)?;
    member(office, Menu::Committees, facts)?;
    ascending(deadlines, standing.deadlines, facts.at)?;
    let event = CommitteePlanSaved {
        deadlines,
        notice: text(notice, "notice", 1000, false)?,
        attachments: rows(attachments)?,
    };
    Ok(Decision::on(
        Stream::committee(committee),
        vec![event.into()],
    ))
}

/// Deadlines ascend from stage to stage, one that is not set left out. One that is set anew does
/// not lie in the past; one that has passed may stay as it is (A75).
fn ascending(plan: Deadlines, standing: Deadlines, now: Instant) -> Result<(), Refusal> {
    let refuse = |field, detail| {
        let refusal = Refusal::of_field(Code::FieldInvalid, &format!("deadlines.{field}"));
        Err(refusal.with_detail(detail))
    };
    let mut before = None;
    for ((field, deadline), (_, kept)) in plan.stages().into_iter().zip(standing.stages()) {
        let Some(at) = deadline else { continue };
        if deadline != kept && at <= now {
            return refuse(field, "截止时间不能早于当前时间");
        }
        if before.is_some_and(|before| at < before) {
            return refuse(field, "截止时间不能早于前一环节的截止时间");
        }
        before = deadline;
    }
    Ok(())
}

/// 附件要求: each row named, each id once.
fn rows(attachments: &[Requirement]) -> Result<Vec<Requirement>, Refusal> {
    let mut rows: Vec<Requirement> = Vec::with_capacity(attachments.len());
    for row in attachments {
        if rows.len() >= 50 || rows.iter().any(|other| other.id == row.id) {
            return Err(Refusal::of_field(Code::FieldInvalid, "attachments"));
        }
        rows.push(Requirement {
            name: text(&row.name, "attachments", 100, true)?,
            ..row.clone()
        });
    }
    Ok(rows)
}

/// 认定申报设置 › 保存: only by a unit with 职称发证权限, one setting per kind (A49).
pub fn save_setting(form: &SettingForm, facts: &Facts) -> Result<Decision, Refusal> {
    member(form.unit, Menu::RecognitionSettings, facts)?;
    if !facts
        .unit(form.unit)
        .is_some_and(|unit| unit.issuing_authority)
    {
        return Err(Code::NoPermission.into());
    }
    let standing = facts.setting(form.setting);
    if standing.is_some_and(|setting| setting.unit != Some(form.unit)) {
        return Err(Code::NotFound.into());
    }
    let fixed = standing.and_then(|setting| setting.kind);
    if form.kind == Kind::Review || fixed.is_some_and(|kind| kind != form.kind) {
        return Err(Refusal::of_field(Code::FieldInvalid, "kind"));
    }
    let event = saved(form)?;
    let decision = Decision::on(Stream::setting(form.setting), vec![event.into()]);
    if standing.is_some() {
        return Ok(decision);
    }
    one_per_kind(form.unit, form.kind, facts)?;
    let claim = ClaimChange::TakeForGood {
        stream: claim::setting_of(form.unit, form.kind),
        by: form.setting.0,
    };
    Ok(decision.claiming(vec![claim]))
}

fn one_per_kind(unit: UnitId, kind: Kind, facts: &Facts) -> Result<(), Refusal> {
    let claim = claim::setting_of(unit, kind);
    let taken = facts
        .claim(&claim)
        .is_some_and(|claim| claim.holder.is_some());
    if taken {
        Err(Code::SettingExists.into())
    } else {
        Ok(())
    }
}

/// The unit's settings that are on, as they stand once they are off.
pub fn settings_off(unit: UnitId, facts: &Facts) -> Vec<(Stream, RecognitionSettingSaved)> {
    let of_kind = |kind| {
        let id = SettingId(facts.claim(&claim::setting_of(unit, kind))?.holder?);
        let setting = facts.setting(id).filter(|setting| setting.enabled)?;
        let event = RecognitionSettingSaved {
            setting: id,
            unit,
            kind,
            enabled: false,
            address: setting.address.clone(),
            notice: setting.notice.clone(),
            attachments: setting.attachments.clone(),
            max_level: setting.max_level,
            personal: setting.contact.clone(),
        };
        Some((Stream::setting(id), event))
    };
    [Kind::Initial, Kind::Confirmation]
        .into_iter()
        .filter_map(of_kind)
        .collect()
}

fn saved(form: &SettingForm) -> Result<RecognitionSettingSaved, Refusal> {
    Ok(RecognitionSettingSaved {
        setting: form.setting,
        unit: form.unit,
        kind: form.kind,
        enabled: form.enabled,
        address: super::units::address_checked(&form.address)?,
        personal: Some(super::units::contact_checked(&form.contact, "")?),
        notice: text(&form.notice, "notice", 1000, true)?,
        attachments: rows(&form.attachments)?,
        max_level: (form.kind == Kind::Initial).then(|| form.max_level.unwrap_or(Level::Middle)),
    })
}
