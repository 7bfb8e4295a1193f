//! Commands on what stands around declarations: accounts, units and their people, committees,
//! settings, and the reference tables.
//!
//! # Adding a command
//! A variant here, its function in the file of what it changes, an arm in [`decide`].

mod accounts;
mod plans;
mod tables;
mod units;

use crate::calendar::CalendarYear;
use crate::catalogue::Level;
use crate::committee::Deadlines;
use crate::decision::Decision;
use crate::facts::{Acting, Facts};
use crate::person::PersonForm;
use crate::reference::{DefinitionPublished, SeriesDefined};
use crate::refusal::{Code, Refusal};
use crate::requirement::Requirement;
use crate::stream::{Category, Stream};
use crate::unit::{Address, Contact, Contacts, Profile};
use crate::vocabulary::{Menu, SystemRole};
use crate::{CommitteeId, Kind, PersonId, SettingId, UnitId};
use std::collections::BTreeSet;

/// A recognition setting as its form gives it (§8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingForm {
    /// The setting; a new id makes a new one.
    pub setting: SettingId,
    /// 受理单位
    pub unit: UnitId,
    /// 业务类型
    pub kind: Kind,
    /// 启用状态
    pub enabled: bool,
    /// 联系地址
    pub address: Address,
    /// 联系人, 联系电话, 电子邮箱
    pub contact: Contact,
    /// 申报须知, at most 1000 characters.
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
    /// The highest level of a title that 初定 takes, 中级 unless said (A68).
    pub max_level: Option<Level>,
}

/// What can be asked of what stands around declarations.
#[derive(Debug, Clone, PartialEq)]
pub enum AdminCommand {
    /// A natural person registers. `identity_claim` is the keyed hash of the document.
    RegisterPerson {
        /// The new account.
        person: PersonId,
        /// Who it is.
        form: PersonForm,
        /// Id of the claim stream that makes one human one account.
        identity_claim: String,
    },
    /// A role of the platform is granted to a natural person.
    GrantRole {
        /// To whom.
        person: PersonId,
        /// Which.
        role: SystemRole,
    },
    /// A unit and its legal account become known.
    RegisterUnit {
        /// The unit.
        unit: UnitId,
        /// 单位名称
        name: String,
        /// 统一社会信用代码
        credit_code: String,
        /// Its legal account.
        legal_user: PersonId,
    },
    /// 单位基础信息 › 提交, the first time or later.
    SaveProfile {
        /// The unit.
        unit: UnitId,
        /// The profile.
        profile: Profile,
        /// 是否启用签收功能
        sign_off: bool,
    },
    /// 单位联系方式 › 提交
    SaveContacts {
        /// The unit.
        unit: UnitId,
        /// 联系地址
        address: Address,
        /// 联系人 of each business.
        contacts: Box<Contacts>,
    },
    /// 职称发证权限 granted or taken back.
    SetIssuingAuthority {
        /// The unit.
        unit: UnitId,
        /// Whether it may issue.
        granted: bool,
    },
    /// 用户管理 › 新增
    LinkOperator {
        /// The unit.
        unit: UnitId,
        /// The person.
        person: PersonId,
    },
    /// 用户管理 › 删除
    RemoveOperator {
        /// The unit.
        unit: UnitId,
        /// The person.
        person: PersonId,
    },
    /// 用户权限 › 保存
    SaveMenus {
        /// The unit.
        unit: UnitId,
        /// The operator.
        person: PersonId,
        /// All ticked menus.
        menus: BTreeSet<Menu>,
    },
    /// A committee is set up.
    CreateCommittee {
        /// The committee.
        committee: CommitteeId,
        /// Its name.
        name: String,
        /// Its office.
        office: UnitId,
        /// The series it reviews.
        series: Vec<String>,
    },
    /// A committee's plan is made or changed.
    SavePlan {
        /// The committee.
        committee: CommitteeId,
        /// Deadlines per step type.
        deadlines: Deadlines,
        /// 申报须知
        notice: String,
        /// 附件要求
        attachments: Vec<Requirement>,
    },
    /// 认定申报设置 › 保存
    SaveSetting(Box<SettingForm>),
    /// A year of the holiday calendar is loaded or corrected.
    LoadCalendarYear {
        /// The year and its days.
        year: CalendarYear,
        /// Whether a year with few days off is meant so (A78).
        confirmed: bool,
    },
    /// A series of the title table is loaded or corrected.
    DefineSeries(SeriesDefined),
    /// A workflow definition is published, all its parts at once.
    PublishDefinition {
        /// Its kind.
        kind: Kind,
        /// The parts, in order.
        parts: Vec<DefinitionPublished>,
    },
}

impl AdminCommand {
    /// Its name in metadata and audit entries.
    pub fn name(&self) -> &'static str {
        match self {
            AdminCommand::RegisterPerson { .. } => "register_person",
            AdminCommand::GrantRole { .. } => "grant_role",
            AdminCommand::RegisterUnit { .. } => "register_unit",
            AdminCommand::SaveProfile { .. } => "save_profile",
            AdminCommand::SaveContacts { .. } => "save_contacts",
            AdminCommand::SetIssuingAuthority { .. } => "set_issuing_authority",
            AdminCommand::LinkOperator { .. } => "link_operator",
            AdminCommand::RemoveOperator { .. } => "remove_operator",
            AdminCommand::SaveMenus { .. } => "save_menus",
            AdminCommand::CreateCommittee { .. } => "create_committee",
            AdminCommand::SavePlan { .. } => "save_plan",
            AdminCommand::SaveSetting(_) => "save_setting",
            AdminCommand::LoadCalendarYear { .. } => "load_calendar_year",
            AdminCommand::DefineSeries(_) => "define_series",
            AdminCommand::PublishDefinition { .. } => "publish_definition",
        }
    }

    /// The stream it is about.
    pub fn subject(&self) -> Stream {
        match self {
            AdminCommand::RegisterPerson { person, .. }
            | AdminCommand::GrantRole { person, .. } => Stream::person(*person),
            AdminCommand::RegisterUnit { unit, .. }
            | AdminCommand::SaveProfile { unit, .. }
            | AdminCommand::SaveContacts { unit, .. }
            | AdminCommand::SetIssuingAuthority { unit, .. } => Stream::unit(*unit),
            AdminCommand::LinkOperator { unit, .. }
            | AdminCommand::RemoveOperator { unit, .. }
            | AdminCommand::SaveMenus { unit, .. } => Stream::staff(*unit),
            AdminCommand::CreateCommittee { committee, .. }
            | AdminCommand::SavePlan { committee, .. } => Stream::committee(*committee),
            AdminCommand::SaveSetting(form) => Stream::setting(form.setting),
            AdminCommand::LoadCalendarYear { .. } => Stream::calendar(),
            AdminCommand::DefineSeries(_) => Stream::catalogue(),
            AdminCommand::PublishDefinition { kind, .. } => Stream::new(Category::Workflow, kind),
        }
    }
}

/// Answers an administration command.
///
/// # Errors
/// NO_PERMISSION first, then NOT_FOUND, then the fields in the order of the form.
pub fn decide(command: &AdminCommand, facts: &Facts) -> Result<Decision, Refusal> {
    match command {
        AdminCommand::RegisterPerson {
            person,
            form,
            identity_claim,
        } => accounts::register(*person, form, identity_claim, facts),
        AdminCommand::GrantRole { person, role } => accounts::grant(*person, *role, facts),
        AdminCommand::RegisterUnit {
            unit,
            name,
            credit_code,
            legal_user,
        } => units::register(*unit, name, credit_code, *legal_user, facts),
        AdminCommand::SaveProfile {
            unit,
            profile,
            sign_off,
        } => units::save_profile(*unit, profile, *sign_off, facts),
        AdminCommand::SaveContacts {
            unit,
            address,
            contacts,
        } => units::save_contacts(*unit, address, contacts, facts),
        AdminCommand::SetIssuingAuthority { unit, granted } => {
            units::set_authority(*unit, *granted, facts)
        }
        AdminCommand::LinkOperator { unit, person } => units::link(*unit, *person, facts),
        AdminCommand::RemoveOperator { unit, person } => units::remove(*unit, *person, facts),
        AdminCommand::SaveMenus {
            unit,
            person,
            menus,
        } => units::save_menus(*unit, *person, menus, facts),
        AdminCommand::CreateCommittee {
            committee,
            name,
            office,
            series,
        } => plans::create(*committee, name, *office, series, facts),
        AdminCommand::SavePlan {
            committee,
            deadlines,
            notice,
            attachments,
        } => plans::save(*committee, *deadlines, notice, attachments, facts),
        AdminCommand::SaveSetting(form) => plans::save_setting(form, facts),
        AdminCommand::LoadCalendarYear { year, confirmed } => {
            tables::load_year(year, *confirmed, facts)
        }
        AdminCommand::DefineSeries(series) => tables::define_series(series, facts),
        AdminCommand::PublishDefinition { kind, parts } => tables::publish(*kind, parts, facts),
    }
}

/// Only the platform's operator, or Docket itself.
fn platform(facts: &Facts) -> Result<(), Refusal> {
    let may = match (facts.actor.acting, facts.actor.person) {
        (Acting::System, _) => true,
        (Acting::Platform(SystemRole::SystemOperator), Some(person)) => facts
            .person(person)
            .is_some_and(|person| person.roles.contains(&SystemRole::SystemOperator)),
        _ => false,
    };
    if may {
        Ok(())
    } else {
        Err(Code::NoPermission.into())
    }
}

/// A member of the unit with the menu; the legal user has every menu.
fn member(unit: UnitId, menu: Menu, facts: &Facts) -> Result<(), Refusal> {
    let (Some(person), Acting::Unit(acting)) = (facts.actor.person, facts.actor.acting) else {
        return Err(Code::NoPermission.into());
    };
    let may = acting == unit
        && facts
            .staff(unit)
            .is_some_and(|staff| staff.has_menu(person, menu));
    if may {
        Ok(())
    } else {
        Err(Code::NoPermission.into())
    }
}

/// A text field: cleaned, required or not, limited in characters.
fn text(given: &str, field: &str, max: usize, required: bool) -> Result<String, Refusal> {
    use crate::text::TextProblem;
    crate::text::check(given, max, required).map_err(|problem| match problem {
        TextProblem::Missing => Refusal::of_field(Code::FieldRequired, field),
        TextProblem::TooLong { .. } => Refusal::of_field(Code::FieldTooLong, field),
        TextProblem::Control => Refusal::of_field(Code::FieldInvalid, field),
    })
}
