use crate::catalogue::Level;
use crate::event::event_data;
use crate::requirement::Requirement;
use crate::texts::AcceptedTexts;
use crate::time::Day;
use crate::vocabulary::{Signed, StepState, StepType};
use crate::{DeclarationId, Kind, PersonId, RequirementId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::state::{Applicant, Details, Target, Title};

/// What an event did to one step. The rules' outcome, not their input: folding needs no
/// definition. Only touched steps are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// Number of the step, from 1, never reused.
    pub n: u32,
    /// The unit whose step it is.
    pub unit: UnitId,
    /// What the step is to the declaration.
    #[serde(rename = "type")]
    pub step_type: StepType,
    /// The state it is in now.
    pub state: StepState,
    /// 办理人
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<PersonId>,
    /// How it was signed for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// The step whose 报送 made or last reopened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_by: Option<u32>,
    /// Whether it was opened again since it was made: a report to it can no longer be withdrawn.
    #[serde(default, skip_serializing_if = "is_false")]
    pub reopened: bool,
    /// Whether it has seen a decision or a change of handler.
    #[serde(default, skip_serializing_if = "is_false")]
    pub decided: bool,
    /// Whether a withdrawal removed it: it stands in no tab of its unit.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// Step types whose deadline it may use as well (A12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extended: Vec<StepType>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Names of the people an event mentions, by account, frozen as they were.
pub type Names = BTreeMap<PersonId, String>;

/// The sealed half of an event that only names people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Names by account.
    pub names: Names,
}

/// The sealed half of an event with a free text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Names by account.
    pub names: Names,
    /// 退回原因, 终止原因, 审核意见 …; empty when nothing was written.
    pub text: String,
}

/// Which workflow definition a declaration keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRef {
    /// Version of the kind's file.
    pub version: u32,
    /// SHA-256 of the expanded text, hex.
    pub hash: String,
}

/// 填写申报书: the choices that can never change (A60).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftCreated {
    /// The declaration.
    pub declaration: DeclarationId,
    /// 申报编号
    pub number: String,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The definition it keeps for life.
    pub definition: DefinitionRef,
    /// 申报人
    pub applicant: PersonId,
    /// Committee or recognition setting.
    pub target: Target,
    /// 申报系列, 职称
    pub title: Title,
    /// 申报职称层级
    pub level: Level,
    /// 现工作单位
    pub work_unit: UnitId,
    /// 诚信承诺书 and the notices that stood when the draft was made.
    pub texts: AcceptedTexts,
    /// The applicant and all that he typed, sealed.
    #[serde(skip)]
    pub personal: Option<Opening>,
}
event_data!(DraftCreated, 1, sealed Opening);

/// The sealed half of a draft's beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The applicant as the lists show it.
    pub applicant: Applicant,
    /// What the applicant typed.
    pub details: Details,
}

/// A section was stored. The text lies in the documents; lists and rebuilds do not read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionSaved {
    /// Section code.
    pub section: String,
    /// Version of the section's form.
    pub form: u32,
    /// SHA-256 of the ciphertext, hex.
    pub document: String,
    /// Size of the plain text.
    pub bytes: u32,
    /// Required fields still empty, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Attachment requirements the section meets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<RequirementId>,
    /// What the section says of the applicant, sealed.
    #[serde(skip)]
    pub personal: Option<SectionFacts>,
}
event_data!(SectionSaved, 2, sealed SectionFacts);

/// What is kept of a section's content outside the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionFacts {
    /// SHA-256 of the canonical text, hex: tells whether the content changed (A8).
    pub content: String,
    /// 人员类别, when the section is 基本信息 and names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_category: Option<String>,
    /// 手机号, when the section is 基本信息 and names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

/// 删除: nobody finds the draft any more and its key is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftDeleted {}
event_data!(DraftDeleted, 1);

/// The sealed half of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The applicant as the lists show it from now on.
    pub applicant: Applicant,
    /// Digest of the canonical content of all sections, hex.
    pub content: String,
    /// Names by account.
    #[serde(default)]
    pub names: Names,
}

/// 提交申报书, the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The work unit's step.
    pub steps: Vec<StepOutcome>,
    /// 附件要求 as they stood; they bind every later submission.
    pub requirements: Vec<Requirement>,
    /// The applicant and the content, sealed.
    #[serde(skip)]
    pub personal: Option<Submission>,
}
event_data!(Submitted, 1, sealed Submission);

/// 再次提交申报书
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resubmitted {
    /// The work unit's step.
    pub steps: Vec<StepOutcome>,
    /// Whether the content differs from that of the last submission (A8).
    pub content_changed: bool,
    /// The applicant and the content, sealed.
    #[serde(skip)]
    pub personal: Option<Submission>,
}
event_data!(Resubmitted, 1, sealed Submission);

/// 签收申报书
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedFor {
    /// The signed step.
    pub steps: Vec<StepOutcome>,
    /// Whether the system signed because the unit has 签收 switched off.
    #[cfg_attr(feature = "next-level", serde(rename = "by_system"))]
    pub auto: bool,
    /// The signer's name, sealed.
    #[serde(skip)]
    pub personal: Option<People>,
}
#[cfg(not(feature = "next-level"))]
event_data!(SignedFor, 1, sealed People);
#[cfg(feature = "next-level")]
event_data!(SignedFor, 2, sealed People);

/// 审核通过并公示
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedAndPublicized {
    /// The work unit's step.
    pub steps: Vec<StepOutcome>,
    /// The first day a publicity of this content may start (A8).
    pub publicity_from: Day,
    /// The planned 公示时间 (A74); none where the calendar did not reach that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity: Option<Publicity>,
    /// The handler's name, sealed.
    #[serde(skip)]
    pub personal: Option<People>,
}
event_data!(ApprovedAndPublicized, 1, sealed People);

/// 公示时间: both days inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publicity {
    /// First day.
    pub start: Day,
    /// Last day.
    pub end: Day,
}

/// The sealed half of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Names by account.
    pub names: Names,
    /// 负责人
    pub responsible_person: String,
    /// 联系电话
    pub phone: String,
    /// 推荐意见
    pub opinion: String,
}

/// 报送上级单位
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The reporter's step and the step made or reopened by it.
    pub steps: Vec<StepOutcome>,
    /// The unit reported to.
    pub target: UnitId,
    /// 公示时间, from the work unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity: Option<Publicity>,
    /// 是否需要面试, 初定 only (A27).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_interview: Option<bool>,
    /// The recommendation, sealed.
    #[serde(skip)]
    pub personal: Option<Recommendation>,
}
event_data!(Reported, 2, sealed Recommendation);

/// 撤回报送
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportWithdrawn {
    /// The reporter's step and the removed one.
    pub steps: Vec<StepOutcome>,
    /// 原报送单位
    pub from: UnitId,
    /// The withdrawer's name, sealed.
    #[serde(skip)]
    pub personal: Option<People>,
}
event_data!(ReportWithdrawn, 1, sealed People);

/// Where a return goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnTo {
    /// 申报人
    Applicant,
    /// An earlier unit of the live path.
    Unit(UnitId),
}

/// 退回申报
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The returning step, those between, and the step reopened.
    pub steps: Vec<StepOutcome>,
    /// 退回到
    pub to: ReturnTo,
    /// 退回原因, sealed.
    #[serde(skip)]
    pub personal: Option<Remark>,
}
event_data!(Returned, 1, sealed Remark);

/// 终止申报
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminated {
    /// Every step.
    pub steps: Vec<StepOutcome>,
    /// The year the lock counts in.
    pub year: i32,
    /// 终止原因, sealed.
    #[serde(skip)]
    pub personal: Option<Remark>,
}
event_data!(Terminated, 1, sealed Remark);

/// 变更办理人
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerChanged {
    /// The step with its new handler.
    pub steps: Vec<StepOutcome>,
    /// The handler before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PersonId>,
    /// Both names, sealed.
    #[serde(skip)]
    pub personal: Option<People>,
}
event_data!(HandlerChanged, 1, sealed People);

/// 审核通过 by the accepting unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedFinal {
    /// Every step.
    pub steps: Vec<StepOutcome>,
    /// 审核意见, sealed.
    #[serde(skip)]
    pub personal: Option<Remark>,
}
event_data!(AcceptedFinal, 1, sealed Remark);

/// 受理通过 by the committee's office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeAccepted {
    /// The committee's step.
    pub steps: Vec<StepOutcome>,
    /// The handler's name, sealed.
    #[serde(skip)]
    pub personal: Option<People>,
}
event_data!(CommitteeAccepted, 1, sealed People);

/// The votes of a committee's meeting; those for, against and abstained are all that were present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Votes {
    /// 出席人数
    pub present: u32,
    /// 赞成票数
    #[serde(rename = "for")]
    pub in_favour: u32,
    /// 反对票数
    pub against: u32,
    /// 弃权票数
    pub abstained: u32,
}

/// The sealed half of a conclusion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusion {
    /// Names by account.
    pub names: Names,
    /// The votes, where the committee gave them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Votes>,
    /// 评审意见; empty when nothing was written.
    pub text: String,
}

/// 评审结论
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewConcluded {
    /// Every step.
    pub steps: Vec<StepOutcome>,
    /// 评审通过 or 评审未通过.
    pub passed: bool,
    /// 评审意见 and the votes, sealed.
    #[serde(skip)]
    pub personal: Option<Conclusion>,
}
event_data!(ReviewConcluded, 1, sealed Conclusion);
