use crate::schema::{At, Id, KindCode};
use crate::state_view::PublicityView;
use crate::surroundings::Surroundings;
use docket_codec::{DefinitionStamp, Opened};
use docket_domain::declaration::{Declaration, Particulars, Toward};
use docket_domain::time::Instant;
use docket_domain::{Author, Kind, PersonId, Role, UnitId};
use docket_engine::client_of;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What one event tells: what happened, who did it for whom, from where, when, and under which
/// rules. Names are those that were frozen into the declaration, and of units those of that moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Event type.
    #[schema(example = "Returned")]
    event: String,
    /// 事件
    #[schema(example = "退回申报")]
    label: String,
    /// The event's place, from 1.
    version: u64,
    /// Place in the log.
    position: u64,
    /// The instant the decision used.
    #[schema(value_type = At)]
    at: Instant,
    author: ActorView,
    /// The client's address, of any event of the command; null where none was known, and once
    /// erased.
    client: Option<String>,
    command: CommandView,
    /// Ties together all that one request caused.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<String>,
    /// Position of the event that a reactor answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<u64>,
    /// The workflow definition the decision used.
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<DefinitionView>,
    /// Version of the rules that decided.
    rules: u32,
    /// Codes of the warnings that the answer carried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<String>,
    #[serde(flatten)]
    told: ParticularsView,
    /// Whether the personal half of the event was erased.
    erased: bool,
}

/// Who acted, in what capacity, and for whom.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorView {
    /// The account; absent for Docket itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    person_id: Option<PersonId>,
    /// The name as it was frozen; null once erased.
    name: Option<String>,
    /// In what capacity.
    #[schema(value_type = String, example = "operator")]
    role: Role,
    #[schema(example = "经办人")]
    role_label: &'static str,
    /// The unit acted for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    unit_id: Option<UnitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_name: Option<String>,
    /// Whom the actor acted for, if for another person.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<PersonView>,
}

/// A person as an event names him.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    #[schema(value_type = Id)]
    person_id: PersonId,
    /// The name as it was frozen; null once erased.
    name: Option<String>,
}

/// The command behind an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandView {
    /// Its permanent id.
    #[schema(value_type = Id)]
    id: Uuid,
    #[schema(example = "send_back")]
    name: String,
}

/// A published workflow definition.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefinitionView {
    #[schema(value_type = KindCode)]
    kind: Kind,
    version: u32,
    /// SHA-256 of the expanded text, hex.
    hash: String,
}

/// What the event says beside its steps. Texts are absent once erased.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParticularsView {
    /// The section that was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<String>,
    /// Whom it went to, or from whom it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TowardView>,
    /// 退回原因 or 终止原因
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// 推荐意见, 审核意见 or 评审意见
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<String>,
    /// 负责人 of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible_person: Option<String>,
    /// 联系电话 of a report.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// 公示时间
    #[serde(skip_serializing_if = "Option::is_none")]
    publicity: Option<PublicityView>,
    /// 是否需要面试
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_interview: Option<bool>,
    /// 评审通过 or 评审未通过.
    #[serde(skip_serializing_if = "Option::is_none")]
    passed: Option<bool>,
    /// Who handled the step before a change of handler.
    #[serde(skip_serializing_if = "Option::is_none")]
    handler_before: Option<PersonView>,
}

/// Whom an event is directed at.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TowardView {
    /// 申报人
    Applicant,
    /// A unit, by its name at that moment.
    Unit {
        #[schema(value_type = Id)]
        unit_id: UnitId,
        name: String,
    },
    /// The new handler.
    Person(PersonView),
}

/// Tells an event of a history.
pub struct Telling<'a> {
    /// All events, to find the request of the event's command.
    pub history: &'a [Opened],
    /// The event.
    pub event: &'a Opened,
    /// The declaration right after it, with the names frozen so far.
    pub after: &'a Declaration,
    /// Names of units at that moment.
    pub surroundings: &'a Surroundings,
}

impl Telling<'_> {
    /// The event as an auditor reads it.
    pub fn view(&self) -> EventView {
        let (envelope, metadata) = (&self.event.envelope, &self.event.metadata);
        EventView {
            event: envelope.event.kind().to_owned(),
            label: envelope.event.label().to_owned(),
            version: envelope.version,
            position: envelope.position,
            at: envelope.at,
            author: self.actor(&envelope.author, metadata.on_behalf_of),
            client: client_of(self.history, self.event).map(str::to_owned),
            command: CommandView {
                id: metadata.command.id,
                name: metadata.command.name.clone(),
            },
            correlation: metadata.correlation.clone(),
            causation: metadata.causation,
            definition: metadata.definition.as_ref().map(definition),
            rules: metadata.rules,
            warnings: metadata.warnings.clone(),
            told: self.particulars(),
            erased: self.event.erased,
        }
    }

    fn actor(&self, author: &Author, on_behalf_of: Option<PersonId>) -> ActorView {
        ActorView {
            person_id: author.person,
            name: author.person.and_then(|person| self.name(person)),
            role: author.role,
            role_label: author.role.label(),
            unit_id: author.unit,
            unit_name: author.unit.map(|unit| self.surroundings.unit(unit)),
            on_behalf_of: on_behalf_of.map(|person| self.person(person)),
        }
    }

    fn particulars(&self) -> ParticularsView {
        let told = Particulars::of(&self.event.envelope.event);
        let text = |text: Option<&str>| text.map(str::to_owned);
        ParticularsView {
            section: text(told.section),
            target: told.target.map(|target| self.toward(target)),
            reason: text(told.reason),
            opinion: text(told.opinion),
            responsible_person: text(told.responsible_person),
            phone: text(told.phone),
            publicity: told.publicity.map(PublicityView::from),
            needs_interview: told.needs_interview,
            passed: told.passed,
            handler_before: told.handler_before.map(|person| self.person(person)),
        }
    }

    fn toward(&self, target: Toward) -> TowardView {
        match target {
            Toward::Applicant => TowardView::Applicant,
            Toward::Unit(unit) => TowardView::Unit {
                unit_id: unit,
                name: self.surroundings.unit(unit),
            },
            Toward::Person(person) => TowardView::Person(self.person(person)),
        }
    }

    fn person(&self, person: PersonId) -> PersonView {
        PersonView {
            person_id: person,
            name: self.name(person),
        }
    }

    fn name(&self, person: PersonId) -> Option<String> {
        self.after.name_of(person).map(str::to_owned)
    }
}

fn definition(stamp: &DefinitionStamp) -> DefinitionView {
    DefinitionView {
        kind: stamp.kind,
        version: stamp.version,
        hash: stamp.hash.clone(),
    }
}
