use super::events::{DefinitionRef, Names, Publicity, ReturnTo, Votes};
use crate::catalogue::Level;
use crate::requirement::Requirement;
use crate::stream::Stream;
use crate::texts::AcceptedTexts;
use crate::time::{Day, Instant};
use crate::vocabulary::{DocumentType, Outcome, Signed, Status, StepState, StepType};
use crate::{CommitteeId, DeclarationId, Kind, PersonId, RequirementId, SettingId, UnitId, claim};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the applicant chose to be judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Target {
    /// 评审委员会
    Committee {
        /// The committee.
        committee: CommitteeId,
        /// Its office, as it was when the draft was made.
        office: UnitId,
    },
    /// 认定申报设置 of an accepting unit.
    Setting {
        /// The setting.
        setting: SettingId,
        /// 受理单位
        unit: UnitId,
    },
}

impl Target {
    /// The unit that holds the terminal step.
    pub fn unit(&self) -> UnitId {
        match self {
            Target::Committee { office, .. } => *office,
            Target::Setting { unit, .. } => *unit,
        }
    }

    /// What a year lock and a live claim name: the committee, or the accepting unit (§13A.7).
    pub fn key(&self) -> Uuid {
        match self {
            Target::Committee { committee, .. } => committee.0,
            Target::Setting { unit, .. } => unit.0,
        }
    }

    /// The stream that holds its plan or setting.
    pub fn stream(&self) -> Stream {
        match self {
            Target::Committee { committee, .. } => Stream::committee(*committee),
            Target::Setting { setting, .. } => Stream::setting(*setting),
        }
    }

    /// The type of the terminal step.
    pub fn step_type(&self) -> StepType {
        match self {
            Target::Committee { .. } => StepType::Committee,
            Target::Setting { .. } => StepType::AcceptingUnit,
        }
    }
}

/// What title is asked for, by the table's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// 申报系列
    pub series: String,
    /// 申报职称
    pub title: String,
}

/// What the applicant types with the choice of a title. Personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// 申报职称专业
    pub specialty: String,
    /// 专业方向
    pub direction: String,
    /// 评审委员会专业组 (评审)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty_group: Option<String>,
    /// 申请类别 (评审)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// 原专业技术职称 (确认)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_title: Option<String>,
    /// 原专业技术职称取得时间 (确认)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obtained_on: Option<Day>,
    /// 有效范围 (确认)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_scope: Option<String>,
}

/// The applicant as lists and records show it. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// 姓名
    pub name: String,
    /// 证件类型
    pub id_type: DocumentType,
    /// 证件号码
    pub id_number: String,
    /// 手机号
    pub mobile: String,
    /// 性别, as the account has it.
    pub sex: String,
    /// 出生日期, as the account has it.
    pub birth_date: Day,
    /// 人员类别
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_category: Option<String>,
}

/// A stored section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSection {
    /// Version of the section's form.
    pub form: u32,
    /// SHA-256 of the ciphertext, hex.
    pub document: String,
    /// Size of the plain text.
    pub bytes: u32,
    /// Required fields still empty.
    pub missing: Vec<String>,
    /// Attachment requirements it meets.
    pub attached: Vec<RequirementId>,
    /// SHA-256 of the canonical text, unless erased.
    pub content: Option<String>,
    /// When it was saved last.
    pub saved_at: Instant,
    /// Version of the event that saved it.
    pub version: u64,
    /// Position of that event in the log.
    pub position: u64,
    /// Whether it went in with the last 提交 or 再次提交.
    pub submitted: bool,
    /// Where it did not: the text that did, which units read until the applicant submits again.
    pub as_submitted: Option<Box<SavedSection>>,
}

impl SavedSection {
    /// The text that went in with the last 提交 or 再次提交; none where the section was new since.
    pub fn last_submitted(&self) -> Option<&SavedSection> {
        if self.submitted {
            Some(self)
        } else {
            self.as_submitted.as_deref()
        }
    }
}

/// The last 退回, while it says where the declaration is: until 再次提交, or until the unit it
/// went to reports again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReturn {
    /// The unit that returned it.
    pub by: UnitId,
    /// 退回到
    pub to: ReturnTo,
    /// 退回原因, unless erased. Personal data.
    pub reason: Option<String>,
    /// When.
    pub at: Instant,
}

/// 终止申报
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Termination {
    /// The unit that terminated it.
    pub by: UnitId,
    /// 终止原因, unless erased. Personal data.
    pub reason: Option<String>,
    /// When.
    pub at: Instant,
}

/// One step of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From 1, never reused.
    pub n: u32,
    /// The unit whose step it is.
    pub unit: UnitId,
    /// What the step is to the declaration.
    pub step_type: StepType,
    /// The state it is in.
    pub state: StepState,
    /// 办理人
    pub handler: Option<PersonId>,
    /// How it was signed for.
    pub signed: Option<Signed>,
    /// The step whose 报送 made or last reopened it; none for the work unit's.
    pub reported_by: Option<u32>,
    /// Whether it was opened again since it was made.
    pub reopened: bool,
    /// Whether it has seen a decision or a change of handler.
    pub decided: bool,
    /// Whether a withdrawal removed it.
    pub removed: bool,
    /// Step types whose deadline it may use as well (A12).
    pub extended: Vec<StepType>,
    /// Version of the event that changed its state last.
    pub changed: u64,
    /// 公示时间 of its last report.
    pub publicity: Option<Publicity>,
    /// 公示时间 as planned when it was approved, as reported once it is: what the sheet prints and
    /// the report dialog begins with (A74).
    pub planned: Option<Publicity>,
    /// 推荐意见 of its last report, 审核意见 or 评审意见. Personal data.
    pub opinion: Option<String>,
    /// 负责人 of its last report. Personal data.
    pub responsible_person: Option<String>,
    /// 联系电话 of its last report. Personal data.
    pub phone: Option<String>,
    /// 是否需要面试, as it last reported.
    pub needs_interview: Option<bool>,
    /// The votes of the committee's conclusion.
    pub votes: Option<Votes>,
}

impl Step {
    /// Whether the step waits for its unit.
    pub fn is_open(&self) -> bool {
        !self.removed && self.state.is_open()
    }
}

/// A declaration as its events left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Its id.
    pub id: DeclarationId,
    /// 申报编号
    pub number: String,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The definition it keeps.
    pub definition: DefinitionRef,
    /// 申报人
    pub applicant: PersonId,
    /// Committee or recognition setting.
    pub target: Target,
    /// The title asked for.
    pub title: Title,
    /// 申报职称层级
    pub level: Level,
    /// 现工作单位
    pub work_unit: UnitId,
    /// What the applicant typed with the choice, unless erased.
    pub details: Option<Details>,
    /// The texts that stood when the draft was made.
    pub texts: AcceptedTexts,
    /// The status as a whole.
    pub status: Status,
    /// The result once concluded.
    pub outcome: Option<Outcome>,
    /// The last 退回, while it stands.
    pub returned: Option<LastReturn>,
    /// 终止申报, once that ended it.
    pub terminated: Option<Termination>,
    /// All steps ever made, by number.
    pub steps: Vec<Step>,
    /// Saved sections by code.
    pub sections: BTreeMap<String, SavedSection>,
    /// The applicant as the lists show it, as last submitted, unless erased.
    pub person: Option<Applicant>,
    /// The applicant as the form says now; lists show it from the next submission on.
    pub person_in_form: Option<Applicant>,
    /// Names of the people who acted, as frozen in events, unless erased.
    pub names: Names,
    /// 附件要求 as they stood at the first submission.
    pub requirements: Option<Vec<Requirement>>,
    /// Digest of the content last submitted.
    pub submitted_content: Option<String>,
    /// The first day a publicity of the present content may start (A8).
    pub publicity_from: Option<Day>,
    /// When the draft was made.
    pub created_at: Instant,
    /// The latest 提交 or 再次提交.
    pub submitted_at: Option<Instant>,
    /// Events folded so far.
    pub version: u64,
}

impl Declaration {
    /// The stream it lives in.
    pub fn stream(&self) -> Stream {
        Stream::declaration(self.id)
    }

    /// The step that waits for its unit, if any; there is at most one.
    pub fn open_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.is_open())
    }

    /// A step by its number.
    pub fn step(&self, n: u32) -> Option<&Step> {
        self.steps.iter().find(|step| step.n == n)
    }

    /// The live path (§13A.1): the open step, the step that reported to it, and so on down to the
    /// work unit's; while the applicant has it, the work unit's alone. Top first.
    pub fn live_path(&self) -> Vec<&Step> {
        let Some(mut step) = self.open_step() else {
            return self
                .steps
                .first()
                .filter(|_| self.status == Status::Returned)
                .into_iter()
                .collect();
        };
        let mut path = vec![step];
        while let Some(below) = step.reported_by.and_then(|n| self.step(n)) {
            path.push(below);
            step = below;
        }
        path
    }

    /// The step a unit's row shows: the open one, or else the one that changed state last. None
    /// where the unit has no step, or only removed ones.
    pub fn step_shown_to(&self, unit: UnitId) -> Option<&Step> {
        let mine = || {
            self.steps
                .iter()
                .filter(|step| step.unit == unit && !step.removed)
        };
        mine()
            .find(|step| step.is_open())
            .or_else(|| mine().max_by_key(|step| (step.changed, step.n)))
    }

    /// Whether a unit ever had a step in it, removed ones included.
    pub fn ever_at(&self, unit: UnitId) -> bool {
        self.steps.iter().any(|step| step.unit == unit)
    }

    /// A person's name as events froze it; none for a stranger, and once erased.
    pub fn name_of(&self, person: PersonId) -> Option<&str> {
        let own = self.person.as_ref().filter(|_| person == self.applicant);
        let name = self.names.get(&person).map(String::as_str);
        name.or(own.map(|own| own.name.as_str()))
    }

    /// The units with a row of this declaration in their worklist.
    pub fn units(&self) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = self
            .steps
            .iter()
            .filter(|step| !step.removed)
            .map(|step| step.unit)
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// The claim that makes it the person's only live one to its target and title (A46).
    pub fn live_claim(&self) -> Stream {
        claim::live(
            self.applicant,
            self.kind,
            self.target.key(),
            &self.title.series,
            &self.title.title,
        )
    }

    /// The lock that a termination in a year adds to.
    pub fn year_lock(&self, year: i32) -> Stream {
        claim::year_lock(self.applicant, self.kind, self.target.key(), year)
    }
}
