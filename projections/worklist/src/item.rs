use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::Target;
use docket_domain::person::LEGAL_USER;
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Outcome, Status, StepState, StepType, Tab};
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, SettingId, UnitId, mask};
use docket_projection::{Cells, Json, ViewError};

/// A row of a unit's list. Names and numbers are as stored; see [`Item::masked`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The declaration.
    pub declaration_id: DeclarationId,
    /// The unit whose list it is.
    pub unit: UnitId,
    /// Events of the declaration.
    pub version: u64,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The state of the step shown; its label is 状态.
    pub state: StepState,
    /// The tab it stands in.
    pub tab: Tab,
    /// 申报编号
    pub number: String,
    /// The account behind 姓名.
    pub applicant_id: PersonId,
    /// 姓名, unless erased.
    pub applicant: Option<String>,
    /// 手机号, unless erased.
    pub phone: Option<String>,
    /// 证件号码, unless erased.
    pub id_number: Option<String>,
    /// 人员类别
    pub person_category: Option<String>,
    /// 现工作单位
    pub work_unit: UnitId,
    /// 评审委员会 or the setting of the 受理单位.
    pub target: Target,
    /// 评审委员会专业组
    pub specialty_group: Option<String>,
    /// 申报系列
    pub series: String,
    /// 申报职称
    pub title: String,
    /// 申报职称层级
    pub title_level: Level,
    /// 申报职称专业, unless erased.
    pub specialty: Option<String>,
    /// 申报职称专业方向, unless erased.
    pub direction: Option<String>,
    /// 申请类别
    pub application_type: Option<String>,
    /// 提交时间: the latest 提交 or 再次提交.
    pub submitted_at: Instant,
    /// The number of the step shown.
    pub step: u32,
    /// What the deadline in force is computed from.
    pub deadline: DeadlineBasis,
    /// 办理人
    pub handler: Option<Handler>,
    /// The status of the declaration as a whole.
    pub status: Status,
    /// The result once concluded.
    pub outcome: Option<Outcome>,
    /// Since when the row is behind, when the declaration is parked.
    pub behind_since: Option<Instant>,
}

/// 办理人
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The account.
    pub person: PersonId,
    /// The name frozen when they took it, unless erased.
    pub name: Option<String>,
}

/// What 审核截止时间 is computed from; the plan is read when the row is (A12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineBasis {
    /// The committee whose plan counts; 认定 has none.
    pub committee: Option<CommitteeId>,
    /// The type of the step shown.
    pub step_type: StepType,
    /// Step types whose deadline it may use as well.
    pub extended: Vec<StepType>,
}

impl DeadlineBasis {
    /// The deadline in force under a plan.
    pub fn in_force(&self, plan: &Deadlines) -> Option<Instant> {
        self.committee
            .and_then(|_| plan.in_force(self.step_type, &self.extended))
    }
}

impl Item {
    /// As lists show it (§0): 法人用户 stays, everybody else is masked.
    #[must_use]
    pub fn masked(mut self) -> Item {
        self.applicant = self.applicant.as_deref().map(mask::name);
        self.phone = self.phone.as_deref().map(mask::mobile);
        self.id_number = self.id_number.as_deref().map(mask::id_number);
        if let Some(handler) = &mut self.handler {
            handler.name = handler.name.as_deref().map(|name| {
                if name == LEGAL_USER {
                    name.to_owned()
                } else {
                    mask::name(name)
                }
            });
        }
        self
    }

    pub(crate) fn read(cells: &mut Cells) -> Result<Item, ViewError> {
        Ok(Item {
            declaration_id: cells.take()?,
            unit: cells.take()?,
            version: cells.take()?,
            kind: cells.take()?,
            state: cells.take()?,
            tab: cells.take()?,
            number: cells.take()?,
            applicant_id: cells.take()?,
            applicant: cells.take()?,
            phone: cells.take()?,
            id_number: cells.take()?,
            person_category: cells.take()?,
            work_unit: cells.take()?,
            target: read_target(cells)?,
            specialty_group: cells.take()?,
            series: cells.take()?,
            title: cells.take()?,
            title_level: cells.take()?,
            specialty: cells.take()?,
            direction: cells.take()?,
            application_type: cells.take()?,
            submitted_at: cells.take()?,
            step: cells.take()?,
            deadline: DeadlineBasis {
                committee: None,
                step_type: cells.take()?,
                extended: cells.take::<Json<_>>()?.0,
            },
            handler: handler(cells.take()?, cells.take()?),
            status: cells.take()?,
            outcome: cells.take()?,
            behind_since: None,
        }
        .with_committee())
    }

    /// Lets the deadline be that of the target's committee, if it has one.
    #[must_use]
    pub fn with_committee(mut self) -> Item {
        if let Target::Committee { committee, .. } = self.target {
            self.deadline.committee = Some(committee);
        }
        self
    }
}

/// Reads the committee, the setting and the unit of a target, in this order.
///
/// # Errors
/// When the row has neither a committee nor a setting.
pub fn read_target(cells: &mut Cells) -> Result<Target, ViewError> {
    let (committee, setting): (Option<CommitteeId>, Option<SettingId>) =
        (cells.take()?, cells.take()?);
    let unit = cells.take()?;
    match (committee, setting) {
        (Some(committee), _) => Ok(Target::Committee {
            committee,
            office: unit,
        }),
        (None, Some(setting)) => Ok(Target::Setting { setting, unit }),
        (None, None) => Err(ViewError::Unreadable {
            view: crate::NAME.to_owned(),
            what: "a row without committee and setting".to_owned(),
        }),
    }
}

fn handler(person: Option<PersonId>, name: Option<String>) -> Option<Handler> {
    person.map(|person| Handler { person, name })
}
