//! A declaration as JSON shows it: to the applicant, to units, and to auditors step by step.

mod applicant;
mod ending;
mod section;
mod step;

pub use applicant::ApplicantView;
pub use ending::{ReturnedView, TerminatedView};
pub use section::{ContentState, SectionView, Text};
pub use step::{HandlerView, PublicityView, StepView, VotesView};

use crate::access::Capacity;
use crate::schema::{At, Date, Id, KindCode, LevelCode, OutcomeCode, StatusCode};
use crate::surroundings::Surroundings;
use docket_domain::catalogue::Level;
use docket_domain::declaration::{Declaration, Details, Step, Target};
use docket_domain::person::LEGAL_USER;
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Outcome, Status, StepState, StepType};
use docket_domain::{DeclarationId, Kind, PersonId, Requirement, UnitId, mask};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A declaration.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeclarationView {
    #[schema(value_type = Id)]
    pub declaration_id: DeclarationId,
    /// Events so far, as in `ETag`.
    pub version: u64,
    #[schema(value_type = KindCode)]
    pub kind: Kind,
    /// 申报编号
    pub number: String,
    #[schema(value_type = StatusCode)]
    pub status: Status,
    /// 状态 as the applicant reads it.
    pub status_label: String,
    /// The result once concluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OutcomeCode>)]
    pub result: Option<Outcome>,
    pub target: TargetView,
    pub title: TitleView,
    pub applicant: ApplicantView,
    pub work_unit: UnitView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Date>)]
    pub obtained_on: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_scope: Option<String>,
    #[schema(value_type = At)]
    pub created_at: Instant,
    /// The latest 提交 or 再次提交.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub submitted_at: Option<Instant>,
    /// The last 退回, while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<ReturnedView>,
    /// 终止申报, once that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminated: Option<TerminatedView>,
    pub steps: Vec<StepView>,
    /// Saved sections by code. Units read what was last submitted.
    pub sections: BTreeMap<String, SectionView>,
    /// 附件要求 that bind it.
    pub attachments: Vec<AttachmentView>,
}

/// Committee or recognition setting.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// The committee for 评审, the recognition setting otherwise.
    #[schema(value_type = Id)]
    pub target_id: Uuid,
    /// The committee's name; that of the accepting unit otherwise.
    pub name: String,
    /// The unit of the last step.
    #[schema(value_type = Id)]
    pub unit_id: UnitId,
    pub unit_name: String,
}

/// The title asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct TitleView {
    pub series: String,
    pub title: String,
    /// 专业; null once erased, as 专业方向.
    pub specialty: Option<String>,
    pub direction: Option<String>,
    #[schema(value_type = LevelCode)]
    pub level: Level,
    pub level_label: &'static str,
}

/// A unit by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitView {
    #[schema(value_type = Id)]
    pub unit_id: UnitId,
    pub name: String,
}

/// One row of 附件要求.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentView {
    #[schema(value_type = Id)]
    pub id: docket_domain::RequirementId,
    /// 附件名称
    pub name: String,
    /// 是否必填
    pub required: bool,
}

impl From<&Requirement> for AttachmentView {
    fn from(row: &Requirement) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            required: row.required,
        }
    }
}

/// What a declaration is shown with.
pub struct Showing<'a> {
    /// Who reads.
    pub reader: PersonId,
    /// In what capacity.
    pub capacity: Capacity,
    /// Names of units, the committee's plan, 附件要求 of the target.
    pub surroundings: &'a Surroundings,
    /// 状态 as the applicant reads it.
    pub status_label: String,
    /// Labels of step states.
    pub state_label: &'a dyn Fn(StepState) -> String,
    /// Texts of sections, masked where the reader gets masks.
    pub texts: BTreeMap<String, Text>,
}

impl Showing<'_> {
    /// The declaration as the reader sees it.
    pub fn show(&self, declaration: &Declaration) -> DeclarationView {
        let requirements = declaration
            .requirements
            .as_ref()
            .unwrap_or(&self.surroundings.requirements);
        let details = declaration.details.as_ref();
        let typed = |text: fn(&Details) -> Option<String>| details.and_then(text);
        DeclarationView {
            declaration_id: declaration.id,
            version: declaration.version,
            kind: declaration.kind,
            number: declaration.number.clone(),
            status: declaration.status,
            status_label: self.status_label.clone(),
            result: declaration.outcome,
            target: self.target(&declaration.target),
            title: TitleView {
                series: declaration.title.series.clone(),
                title: declaration.title.title.clone(),
                specialty: typed(|details| Some(details.specialty.clone())),
                direction: typed(|details| Some(details.direction.clone())),
                level: declaration.level,
                level_label: declaration.level.label(),
            },
            applicant: ApplicantView::of(declaration.person.as_ref(), self.capacity),
            work_unit: UnitView {
                unit_id: declaration.work_unit,
                name: self.unit(declaration.work_unit),
            },
            specialty_group: typed(|details| details.specialty_group.clone()),
            application_type: typed(|details| details.application_type.clone()),
            original_title: typed(|details| details.original_title.clone()),
            obtained_on: details.and_then(|details| details.obtained_on),
            valid_scope: typed(|details| details.valid_scope.clone()),
            created_at: declaration.created_at,
            submitted_at: declaration.submitted_at,
            returned: declaration.returned.as_ref().map(|last| {
                let until = declaration
                    .steps
                    .first()
                    .and_then(|step| self.deadline(step));
                ReturnedView::of(last, |unit| self.unit(unit), until)
            }),
            terminated: declaration
                .terminated
                .as_ref()
                .map(|ended| TerminatedView::of(ended, |unit| self.unit(unit))),
            steps: self.steps(declaration),
            sections: self.sections(declaration),
            attachments: requirements.iter().map(AttachmentView::from).collect(),
        }
    }

    fn unit(&self, unit: UnitId) -> String {
        self.surroundings.unit(unit)
    }

    fn target(&self, target: &Target) -> TargetView {
        let unit_name = self.unit(target.unit());
        let (target_id, name) = match target {
            Target::Committee { committee, .. } => (
                committee.0,
                self.surroundings
                    .committee
                    .as_ref()
                    .map(|(name, _)| name.clone())
                    .unwrap_or_default(),
            ),
            Target::Setting { setting, .. } => (setting.0, unit_name.clone()),
        };
        TargetView {
            target_id,
            name,
            unit_id: target.unit(),
            unit_name,
        }
    }

    fn steps(&self, declaration: &Declaration) -> Vec<StepView> {
        let live: Vec<u32> = declaration.live_path().iter().map(|step| step.n).collect();
        // A step that a withdrawal removed stands in the events and nowhere else (13A.3).
        let standing = declaration.steps.iter().filter(|step| !step.removed);
        standing
            .map(|step| self.step(declaration, step, live.contains(&step.n)))
            .collect()
    }

    fn step(&self, declaration: &Declaration, step: &Step, live: bool) -> StepView {
        let is_applicant = self.capacity == Capacity::Applicant;
        let recommends = matches!(step.step_type, StepType::WorkUnit | StepType::Superior);
        let hides_opinion = is_applicant && recommends && step.opinion.is_some();
        let hides_contact = is_applicant && step.responsible_person.is_some();
        let withheld = [
            ("opinion", hides_opinion),
            ("responsible_person", hides_contact),
            ("phone", hides_contact),
            ("votes", is_applicant && step.votes.is_some()),
        ];
        StepView {
            n: step.n,
            unit_id: step.unit,
            unit_name: self.unit(step.unit),
            step_type: step.step_type,
            state: step.state,
            state_label: (self.state_label)(step.state),
            tab: step.state.tab(),
            handler: step
                .handler
                .map(|handler| self.handler(declaration, handler)),
            signed: step.signed,
            deadline: self.deadline(step),
            publicity: step.publicity.map(PublicityView::from),
            planned_publicity: step.planned.map(PublicityView::from),
            opinion: step.opinion.clone().filter(|_| !hides_opinion),
            responsible_person: step.responsible_person.clone().filter(|_| !is_applicant),
            phone: step.phone.clone().filter(|_| !is_applicant),
            needs_interview: step.needs_interview,
            votes: step.votes.filter(|_| !is_applicant).map(VotesView::from),
            live,
            withheld: withheld
                .into_iter()
                .filter_map(|(name, hidden)| hidden.then_some(name))
                .collect(),
        }
    }

    fn deadline(&self, step: &Step) -> Option<Instant> {
        let (_, plan) = self.surroundings.committee.as_ref()?;
        plan.in_force(step.step_type, &step.extended)
    }

    /// 法人用户 as it is; anybody else masked, but for auditors and for oneself.
    fn handler(&self, declaration: &Declaration, handler: PersonId) -> HandlerView {
        let me = handler == self.reader;
        let as_is = me || self.capacity == Capacity::Auditor;
        let name = declaration.names.get(&handler);
        let name = name.map(|name| {
            if as_is || name == LEGAL_USER {
                name.clone()
            } else {
                mask::name(name)
            }
        });
        HandlerView { name, me }
    }

    fn sections(&self, declaration: &Declaration) -> BTreeMap<String, SectionView> {
        let sections = declaration.sections.iter();
        sections
            .map(|(code, section)| {
                let shown = self.capacity.reads(section).unwrap_or(section);
                let text = self.texts.get(code).cloned();
                let text = text.unwrap_or_else(|| Text::without(ContentState::Withheld));
                (code.clone(), SectionView::of(shown, text))
            })
            .collect()
    }
}
