//! A declaration as JSON shows it: to the applicant, to units, and to auditors step by step.

use crate::access::Capacity;
use crate::schema::{
    At, Date, Id, KindCode, LevelCode, OutcomeCode, SignedCode, StatusCode, StepStateCode,
    StepTypeCode, TabCode,
};
use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Declaration, Step, Target};
use docket_domain::person::LEGAL_USER;
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Outcome, Signed, Status, StepState, StepType, Tab};
use docket_domain::{DeclarationId, Kind, PersonId, Requirement, UnitId, mask};
use serde::Serialize;
use serde_json::Value;
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
    pub steps: Vec<StepView>,
    /// Saved sections by code.
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
    pub specialty: String,
    pub direction: String,
    #[schema(value_type = LevelCode)]
    pub level: Level,
    pub level_label: &'static str,
}

/// 申报人, masked or not; nothing once erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicantView {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub id_number: Option<String>,
    pub person_category: Option<String>,
    /// Whether the values are masked.
    pub masked: bool,
}

/// A unit by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitView {
    #[schema(value_type = Id)]
    pub unit_id: UnitId,
    pub name: String,
}

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
    /// Whether it lies on the live path.
    pub live: bool,
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

impl From<docket_domain::declaration::Publicity> for PublicityView {
    fn from(days: docket_domain::declaration::Publicity) -> Self {
        Self {
            start: days.start,
            end: days.end,
        }
    }
}

/// A saved section.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionView {
    /// Version of the section's form.
    pub form: u32,
    #[schema(value_type = At)]
    pub saved_at: Instant,
    /// Required fields still empty.
    pub missing: Vec<String>,
    /// Attachment requirements it meets.
    #[schema(value_type = Vec<Id>)]
    pub attached: Vec<docket_domain::RequirementId>,
    /// SHA-256 of the stored ciphertext, hex.
    pub document: String,
    /// The fields; absent where only the history is shown, and once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
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
    /// Names of units.
    pub units: &'a BTreeMap<UnitId, String>,
    /// The committee's name and its plan as it stands now.
    pub committee: Option<(String, Deadlines)>,
    /// 附件要求 as they stand now, for a draft.
    pub requirements: Vec<Requirement>,
    /// 状态 as the applicant reads it.
    pub status_label: String,
    /// Labels of step states.
    pub state_label: &'a dyn Fn(StepState) -> String,
    /// Contents of sections, masked where the reader gets masks.
    pub bodies: BTreeMap<String, Value>,
}

impl Showing<'_> {
    /// The declaration as the reader sees it.
    pub fn show(&self, declaration: &Declaration) -> DeclarationView {
        let requirements = declaration
            .requirements
            .as_ref()
            .unwrap_or(&self.requirements);
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
                specialty: declaration.title.specialty.clone(),
                direction: declaration.title.direction.clone(),
                level: declaration.level,
                level_label: declaration.level.label(),
            },
            applicant: self.applicant(declaration),
            work_unit: UnitView {
                unit_id: declaration.work_unit,
                name: self.unit(declaration.work_unit),
            },
            specialty_group: declaration.specialty_group.clone(),
            application_type: declaration.application_type.clone(),
            original_title: declaration.original_title.clone(),
            obtained_on: declaration.obtained_on,
            valid_scope: declaration.valid_scope.clone(),
            created_at: declaration.created_at,
            submitted_at: declaration.submitted_at,
            steps: self.steps(declaration),
            sections: self.sections(declaration),
            attachments: requirements.iter().map(AttachmentView::from).collect(),
        }
    }

    fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_default()
    }

    fn target(&self, target: &Target) -> TargetView {
        let unit_name = self.unit(target.unit());
        let (target_id, name) = match target {
            Target::Committee { committee, .. } => (
                committee.0,
                self.committee
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

    fn applicant(&self, declaration: &Declaration) -> ApplicantView {
        let person = declaration.person.as_ref();
        let masked = !self.capacity.sees_all();
        let shown = |text: Option<&String>, mask: fn(&str) -> String| {
            text.map(|text| if masked { mask(text) } else { text.clone() })
        };
        ApplicantView {
            name: shown(person.map(|person| &person.name), mask::name),
            phone: shown(person.map(|person| &person.mobile), mask::mobile),
            id_number: shown(person.map(|person| &person.id_number), mask::id_number),
            person_category: person.and_then(|person| person.person_category.clone()),
            masked,
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
        let plan = self.committee.as_ref().map(|(_, plan)| plan);
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
            deadline: plan.and_then(|plan| plan.in_force(step.step_type, &step.extended)),
            publicity: step.publicity.map(PublicityView::from),
            opinion: step
                .opinion
                .clone()
                .filter(|_| !(is_applicant && recommends)),
            responsible_person: step.responsible_person.clone().filter(|_| !is_applicant),
            phone: step.phone.clone().filter(|_| !is_applicant),
            needs_interview: step.needs_interview,
            live,
        }
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
                let view = SectionView {
                    form: section.form,
                    saved_at: section.saved_at,
                    missing: section.missing.clone(),
                    attached: section.attached.clone(),
                    document: section.document.clone(),
                    body: self.bodies.get(code).cloned(),
                };
                (code.clone(), view)
            })
            .collect()
    }
}
