//! What people call actors, states and texts (§12).

use super::{Author, TextState};
use docket_domain::Role;
use docket_domain::vocabulary::{Outcome, Signed, Status, StepState, StepType};

/// Stands for what an event erased.
pub const ERASED: &str = "（已删除）";

/// Stands for what is not shown without `--unmasked`.
pub const WITHHELD: &str = "（未显示，需 --unmasked）";

/// Who acted, in words: capacity, name, unit.
pub fn who(author: &Author) -> String {
    let role = author.role.label();
    let named = match (author.person, author.role, author.name.as_deref()) {
        (None, ..) | (_, Role::LegalUser, _) => None,
        (Some(_), _, name) => Some(name.unwrap_or("已删除")),
    };
    let who = match named {
        Some(name) => format!("{role} {name}"),
        None => role.to_owned(),
    };
    match &author.unit_name {
        Some(unit) => format!("{who}（{unit}）"),
        None => who,
    }
}

/// What has become of a saved text.
pub const fn text_label(text: TextState) -> &'static str {
    match text {
        TextState::Plain => "内容完好",
        TextState::Erased => "内容已随申报书删除",
        TextState::Superseded => "内容已被后来的保存取代",
        TextState::Missing => "内容缺失或被改动，日志中没有原因",
    }
}

pub const fn step_label(step: StepType) -> &'static str {
    match step {
        StepType::WorkUnit => "工作单位",
        StepType::Superior => "上级单位",
        StepType::AcceptingUnit => "受理单位",
        StepType::Committee => "评审委员会",
    }
}

pub const fn state_label(state: StepState) -> &'static str {
    match state {
        StepState::ToSign => "待签收",
        StepState::ToReview => "待审核",
        StepState::Publicizing => "公示中",
        StepState::Accepted => "评审中",
        StepState::Reported => "已上报",
        StepState::Returned => "已退回",
        StepState::Terminated => "已终止",
        StepState::Concluded => "已办结",
    }
}

pub const fn status_label(status: Status) -> &'static str {
    match status {
        Status::Draft => "填写中",
        Status::InProgress => "办理中",
        Status::Returned => "已退回申报人",
        Status::Terminated => "已终止",
        Status::Concluded => "已办结",
        Status::Deleted => "已删除",
    }
}

pub const fn outcome_label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "审核通过",
        Outcome::ReviewPassed => "评审通过",
        Outcome::ReviewFailed => "评审未通过",
        Outcome::Certified => "已发证",
        Outcome::Refused => "核准未通过",
        Outcome::Revoked => "证书已撤销",
    }
}

pub const fn signed_label(signed: Signed) -> &'static str {
    match signed {
        Signed::Manual => "经办人签收",
        Signed::Auto => "系统自动签收",
    }
}

/// What an event's target is to it.
pub fn target_label(event: &str) -> &'static str {
    match event {
        "Returned" => "退回到",
        "Reported" => "报送至",
        "ReportWithdrawn" => "原报送单位",
        "HandlerChanged" => "现办理人",
        _ => "提交至",
    }
}

/// What an event's reason is called.
pub fn reason_label(event: &str) -> &'static str {
    match event {
        "Terminated" => "终止原因",
        _ => "退回原因",
    }
}

/// What an event's opinion is called.
pub fn opinion_label(event: &str) -> &'static str {
    match event {
        "Reported" => "推荐意见",
        "ReviewConcluded" => "评审意见",
        _ => "审核意见",
    }
}
