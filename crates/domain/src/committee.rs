//! A review committee and its plan: one deadline per step type (A12).

use crate::event::{Envelope, Event, event_data};
use crate::requirement::Requirement;
use crate::time::Instant;
use crate::vocabulary::StepType;
use crate::{CommitteeId, UnitId};
use serde::{Deserialize, Serialize};

/// A review committee exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeCreated {
    /// The committee.
    pub committee: CommitteeId,
    /// Its name.
    pub name: String,
    /// The unit whose people are its office (组建单位).
    pub office: UnitId,
    /// The series it reviews.
    pub series: Vec<String>,
}
event_data!(CommitteeCreated, 1);

/// The four instants of a plan, each exclusive (A13). One that is not set does not bind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// 申请书提交截止时间
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit: Option<Instant>,
    /// 审核截止时间 of the work unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_unit: Option<Instant>,
    /// 审核截止时间 of every superior.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superior: Option<Instant>,
    /// The committee's own deadline to accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committee: Option<Instant>,
}

impl Deadlines {
    /// The deadline of one step type.
    pub fn of(&self, step: StepType) -> Option<Instant> {
        match step {
            StepType::WorkUnit => self.work_unit,
            StepType::Superior => self.superior,
            StepType::Committee => self.committee,
            StepType::AcceptingUnit => None,
        }
    }

    /// All four by name, in the order in which they ascend.
    pub fn stages(&self) -> [(&'static str, Option<Instant>); 4] {
        [
            ("submit", self.submit),
            ("work_unit", self.work_unit),
            ("superior", self.superior),
            ("committee", self.committee),
        ]
    }

    /// The deadline in force for a step of type `own` that a return from steps of the types
    /// `extended` reopened: the latest of them (A12). An unset deadline among them does not bind.
    pub fn in_force(&self, own: StepType, extended: &[StepType]) -> Option<Instant> {
        extended.iter().try_fold(self.of(own)?, |latest, step| {
            Some(latest.max(self.of(*step)?))
        })
    }
}

/// The plan as it stands from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteePlanSaved {
    /// Deadlines per step type.
    pub deadlines: Deadlines,
    /// 申报须知
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
}
event_data!(CommitteePlanSaved, 1);

/// What the rules know of a committee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committee {
    /// Its id, once created.
    pub id: Option<CommitteeId>,
    /// Its name.
    pub name: String,
    /// Its office, which holds the committee's step.
    pub office: Option<UnitId>,
    /// The series it reviews.
    pub series: Vec<String>,
    /// Deadlines of the plan.
    pub deadlines: Deadlines,
    /// 申报须知
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
    /// Whether a plan was saved; without one nobody can choose the committee.
    pub has_plan: bool,
}

impl Committee {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::CommitteeCreated(event) => {
                self.id = Some(event.committee);
                self.name.clone_from(&event.name);
                self.office = Some(event.office);
                self.series.clone_from(&event.series);
            }
            Event::CommitteePlanSaved(event) => {
                self.deadlines = event.deadlines;
                self.notice.clone_from(&event.notice);
                self.attachments.clone_from(&event.attachments);
                self.has_plan = true;
            }
            _ => {}
        }
    }
}
