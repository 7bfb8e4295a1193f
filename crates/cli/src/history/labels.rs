//! What people call events, roles and states (§12).

use docket_domain::vocabulary::{Outcome, Signed, Status, StepState, StepType};
use docket_domain::{Event, Role};

pub fn event_label(event: &Event) -> &'static str {
    match event {
        Event::DraftCreated(_) => "填写申报书",
        Event::SectionSaved(_) => "保存章节",
        Event::DraftDeleted(_) => "删除申报书",
        Event::Submitted(_) => "提交申报书",
        Event::Resubmitted(_) => "再次提交申报书",
        Event::SignedFor(_) => "签收申报书",
        Event::ApprovedAndPublicized(_) => "审核通过并公示",
        Event::Reported(_) => "报送上级单位",
        Event::ReportWithdrawn(_) => "撤回报送",
        Event::Returned(_) => "退回申报",
        Event::Terminated(_) => "终止申报",
        Event::HandlerChanged(_) => "变更办理人",
        Event::AcceptedFinal(_) => "审核通过",
        Event::CommitteeAccepted(_) => "受理通过",
        Event::ReviewConcluded(concluded) if concluded.passed => "评审通过",
        Event::ReviewConcluded(_) => "评审未通过",
        other => other.kind(),
    }
}

pub const fn role_label(role: Role) -> &'static str {
    match role {
        Role::Applicant => "申报人",
        Role::LegalUser => "法人用户",
        Role::Operator => "经办人",
        Role::Auditor => "审计员",
        Role::SystemOperator => "系统管理员",
        Role::System => "系统",
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
