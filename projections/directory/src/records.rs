use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::reference::SeriesTitle;
use docket_domain::time::Instant;
use docket_domain::unit::Address;
use docket_domain::vocabulary::{Menu, SystemRole};
use docket_domain::{CommitteeId, Kind, PersonId, Requirement, SettingId, UnitId};
use docket_projection::{Cells, Json, ViewError};
use std::collections::BTreeSet;

type Result<T> = std::result::Result<T, ViewError>;

/// A unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// 单位名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: String,
    /// Whether 单位基础信息 was completed.
    pub ready: bool,
    /// 是否启用签收功能
    pub sign_off: bool,
    /// 职称发证权限
    pub issuing_authority: bool,
}

impl Unit {
    pub(crate) const READ: &[&str] = &[
        "unit",
        "name",
        "credit_code",
        "ready",
        "sign_off",
        "issuing_authority",
    ];

    pub(crate) fn read(cells: &mut Cells) -> Result<Unit> {
        Ok(Unit {
            id: cells.take()?,
            name: cells.take()?,
            credit_code: cells.take()?,
            ready: cells.take()?,
            sign_off: cells.take()?,
            issuing_authority: cells.take()?,
        })
    }
}

/// Somebody who acts for a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// The unit.
    pub unit: UnitId,
    /// The account.
    pub person: PersonId,
    /// Whether it is the legal account; then every menu is open.
    pub legal_user: bool,
    /// The operator's name, unless erased; none for the legal account.
    pub name: Option<String>,
    /// The operator's menus.
    pub menus: BTreeSet<Menu>,
    /// When the operator was added.
    pub since: Option<Instant>,
}

impl StaffMember {
    pub(crate) const READ: &[&str] = &["unit", "person", "legal_user", "name", "menus", "since"];

    pub(crate) fn read(cells: &mut Cells) -> Result<StaffMember> {
        Ok(StaffMember {
            unit: cells.take()?,
            person: cells.take()?,
            legal_user: cells.take()?,
            name: cells.take()?,
            menus: cells.take::<Json<_>>()?.0,
            since: cells.take()?,
        })
    }
}

/// An account. It has no name here: ask the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// The unit it always acts for, if it is a legal account.
    pub legal_unit: Option<UnitId>,
    /// Roles of the platform.
    pub roles: BTreeSet<SystemRole>,
}

impl Person {
    pub(crate) const READ: &[&str] = &["person", "legal_unit", "roles"];

    pub(crate) fn read(cells: &mut Cells) -> Result<Person> {
        Ok(Person {
            id: cells.take()?,
            legal_unit: cells.take()?,
            roles: cells.take::<Json<_>>()?.0,
        })
    }
}

/// A review committee with its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committee {
    /// Its id.
    pub id: CommitteeId,
    /// Its name.
    pub name: String,
    /// Its office.
    pub office: UnitId,
    /// The series it reviews.
    pub series: Vec<String>,
    /// Deadlines of the plan.
    pub deadlines: Deadlines,
    /// Whether a plan was saved; without one nobody can choose it.
    pub has_plan: bool,
    /// 申报须知
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
}

impl Committee {
    pub(crate) const READ: &[&str] = &[
        "committee",
        "name",
        "office",
        "series",
        "submit",
        "work_unit",
        "superior",
        "deadline",
        "has_plan",
        "notice",
        "attachments",
    ];

    pub(crate) fn read(cells: &mut Cells) -> Result<Committee> {
        Ok(Committee {
            id: cells.take()?,
            name: cells.take()?,
            office: cells.take()?,
            series: cells.take::<Json<_>>()?.0,
            deadlines: Deadlines {
                submit: cells.take()?,
                work_unit: cells.take()?,
                superior: cells.take()?,
                committee: cells.take()?,
            },
            has_plan: cells.take()?,
            notice: cells.take()?,
            attachments: cells.take::<Json<_>>()?.0,
        })
    }
}

/// 认定申报设置
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its id.
    pub id: SettingId,
    /// 受理单位
    pub unit: UnitId,
    /// 业务类型
    pub kind: Kind,
    /// 启用状态
    pub enabled: bool,
    /// 联系地址
    pub address: Address,
    /// 申报须知
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
    /// The highest level of a title that 初定 takes.
    pub max_level: Option<Level>,
}

impl Setting {
    pub(crate) const READ: &[&str] = &[
        "setting",
        "unit",
        "kind",
        "enabled",
        "address",
        "notice",
        "attachments",
        "max_level",
    ];

    pub(crate) fn read(cells: &mut Cells) -> Result<Setting> {
        Ok(Setting {
            id: cells.take()?,
            unit: cells.take()?,
            kind: cells.take()?,
            enabled: cells.take()?,
            address: cells.take::<Json<_>>()?.0,
            notice: cells.take()?,
            attachments: cells.take::<Json<_>>()?.0,
            max_level: cells.take()?,
        })
    }
}

/// A series of the title table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Place in the ministry's table, from 1.
    pub number: u32,
    /// 系列
    pub name: String,
    /// Its titles.
    pub titles: Vec<SeriesTitle>,
    /// 专业 it names.
    pub specialties: Vec<String>,
}

impl Series {
    pub(crate) const READ: &[&str] = &["number", "name", "titles", "specialties"];

    pub(crate) fn read(cells: &mut Cells) -> Result<Series> {
        Ok(Series {
            number: cells.take()?,
            name: cells.take()?,
            titles: cells.take::<Json<_>>()?.0,
            specialties: cells.take::<Json<_>>()?.0,
        })
    }
}
