use crate::schema::{At, Date, Id, SignedCode, StepStateCode, StepTypeCode, TabCode};
use docket_domain::UnitId;
use docket_domain::declaration::{Publicity, Votes};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Signed, StepState, StepType, Tab};
use serde::Serialize;
use utoipa::ToSchema;

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// From 1, never reused.
    pub n: u32,
    #[schema(value_type = Id)]
    pub unit_id: UnitId,
    pub unit_name: String,
    #[serde(rename = "type")]
    #[schema(value_type = StepTypeCode)]
    pub step_type: StepType,
    #[schema(value_type = StepStateCode)]
    pub state: StepState,
    pub state_label: String,
    #[schema(value_type = TabCode)]
    pub tab: Tab,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<HandlerView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SignedCode>)]
    pub signed: Option<Signed>,
    /// The deadline in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub deadline: Option<Instant>,
    /// 公示时间 of its last report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publicity: Option<PublicityView>,
    /// 公示时间 as the sheet prints it: planned at 审核通过并公示, the reported one from 报送 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_publicity: Option<PublicityView>,
    /// 推荐意见, which the applicant does not see, 审核意见 or 评审意见.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// 负责人 of its last report, for units and auditors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible_person: Option<String>,
    /// 联系电话 of its last report, for units and auditors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 是否需要面试
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_interview: Option<bool>,
    /// The votes of the committee's conclusion, for units and auditors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<VotesView>,
    /// Whether it lies on the live path.
    pub live: bool,
    /// Fields that this caller may not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub withheld: Vec<&'static str>,
}

/// 办理人
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandlerView {
    pub name: Option<String>,
    /// Whether it is the caller.
    pub me: bool,
}

/// 公示时间, both days inclusive.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PublicityView {
    #[schema(value_type = Date)]
    pub start: Day,
    #[schema(value_type = Date)]
    pub end: Day,
}

/// The votes of a committee's meeting.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct VotesView {
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

impl From<Votes> for VotesView {
    fn from(votes: Votes) -> Self {
        Self {
            present: votes.present,
            in_favour: votes.in_favour,
            against: votes.against,
            abstained: votes.abstained,
        }
    }
}

impl From<Publicity> for PublicityView {
    fn from(days: Publicity) -> Self {
        Self {
            start: days.start,
            end: days.end,
        }
    }
}
