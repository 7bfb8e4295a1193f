use super::events::{Publicity, ReturnTo, StepOutcome, Votes};
use crate::event::Event;
use crate::{PersonId, UnitId};

/// What an event says beside what it did to the steps: what a history tells people of it. Texts
/// are personal data, and absent once erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars<'a> {
    /// The section that was saved.
    pub section: Option<&'a str>,
    /// Whom it went to, or from whom it was taken back.
    pub target: Option<Toward>,
    /// 退回原因 or 终止原因
    pub reason: Option<&'a str>,
    /// 推荐意见, 审核意见 or 评审意见
    pub opinion: Option<&'a str>,
    /// 负责人 of a report.
    pub responsible_person: Option<&'a str>,
    /// 联系电话 of a report.
    pub phone: Option<&'a str>,
    /// 公示时间: planned with the approval, or as reported.
    pub publicity: Option<Publicity>,
    /// 是否需要面试
    pub needs_interview: Option<bool>,
    /// 评审通过 or 评审未通过.
    pub passed: Option<bool>,
    /// The votes of the committee's meeting.
    pub votes: Option<Votes>,
    /// Who handled the step before a change of handler.
    pub handler_before: Option<PersonId>,
}

/// Whom an event is directed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// 申报人
    Applicant,
    /// A unit.
    Unit(UnitId),
    /// The new handler.
    Person(PersonId),
}

impl From<ReturnTo> for Toward {
    fn from(to: ReturnTo) -> Self {
        match to {
            ReturnTo::Applicant => Toward::Applicant,
            ReturnTo::Unit(unit) => Toward::Unit(unit),
        }
    }
}

impl<'a> Particulars<'a> {
    /// Those of an event of a declaration; an event that only moves steps has none.
    pub fn of(event: &'a Event) -> Self {
        let mut told = Self::default();
        match event {
            Event::SectionSaved(event) => told.section = Some(&event.section),
            Event::Submitted(event) => told.target = unit(&event.steps),
            Event::Resubmitted(event) => told.target = unit(&event.steps),
            Event::ApprovedAndPublicized(event) => told.publicity = event.publicity,
            Event::Reported(event) => {
                told.target = Some(Toward::Unit(event.target));
                told.publicity = event.publicity;
                told.needs_interview = event.needs_interview;
                let personal = event.personal.as_ref();
                told.opinion = personal.map(|said| said.opinion.as_str());
                told.responsible_person = personal.map(|said| said.responsible_person.as_str());
                told.phone = personal.map(|said| said.phone.as_str());
            }
            Event::ReportWithdrawn(event) => told.target = Some(Toward::Unit(event.from)),
            Event::Returned(event) => {
                told.target = Some(event.to.into());
                told.reason = event.personal.as_ref().map(|said| said.text.as_str());
            }
            Event::Terminated(event) => {
                told.reason = event.personal.as_ref().map(|said| said.text.as_str());
            }
            Event::HandlerChanged(event) => {
                let handler = event.steps.first().and_then(|step| step.handler);
                told.target = handler.map(Toward::Person);
                told.handler_before = event.from;
            }
            Event::AcceptedFinal(event) => {
                told.opinion = event.personal.as_ref().map(|said| said.text.as_str());
            }
            Event::ReviewConcluded(event) => {
                told.passed = Some(event.passed);
                told.opinion = event.personal.as_ref().map(|said| said.text.as_str());
                told.votes = event.personal.as_ref().and_then(|said| said.votes);
            }
            _ => {}
        }
        // An opinion that was not given is stored as an empty text.
        told.opinion = told.opinion.filter(|text| !text.is_empty());
        told
    }
}

impl Event {
    /// What people call it (§12); the frozen name of one that no declaration holds.
    pub fn label(&self) -> &'static str {
        match self {
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
}

fn unit(steps: &[StepOutcome]) -> Option<Toward> {
    steps.first().map(|step| Toward::Unit(step.unit))
}
