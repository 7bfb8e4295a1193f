//! Events: the closed set of all types, their two halves, and their circumstances.

use crate::time::Instant;
use crate::vocabulary::SystemRole;
use crate::{PersonId, UnitId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What stands in an event's public payload, and the personal half beside it.
///
/// The public half is the type's own serde form and holds ids, codes, states and dates only. All
/// that names or describes a person is in `Personal`, which the codec seals under the stream's
/// key; it is absent where the event has none, or where the key was destroyed.
pub trait EventData: Serialize + DeserializeOwned {
    /// The frozen wire name.
    const KIND: &'static str;
    /// The schema version written today, from 1.
    const SCHEMA: u16;
    /// The sealed half.
    type Personal: Serialize + DeserializeOwned;
    /// The sealed half, if it is known.
    fn personal(&self) -> Option<&Self::Personal>;
    /// Puts the sealed half back after decoding.
    fn set_personal(&mut self, personal: Option<Self::Personal>);
}

/// The personal half of an event that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

/// Gives a struct its wire name and schema; with a type behind `sealed`, also its personal half,
/// kept in its field `personal`.
macro_rules! event_data {
    ($name:ident, $schema:literal) => {
        impl $crate::event::EventData for $name {
            const KIND: &'static str = stringify!($name);
            const SCHEMA: u16 = $schema;
            type Personal = $crate::event::Nothing;
            fn personal(&self) -> Option<&Self::Personal> {
                None
            }
            fn set_personal(&mut self, _: Option<Self::Personal>) {}
        }
    };
    ($name:ident, $schema:literal, sealed $personal:ty) => {
        impl $crate::event::EventData for $name {
            const KIND: &'static str = stringify!($name);
            const SCHEMA: u16 = $schema;
            type Personal = $personal;
            fn personal(&self) -> Option<&Self::Personal> {
                self.personal.as_ref()
            }
            fn set_personal(&mut self, personal: Option<Self::Personal>) {
                self.personal = personal;
            }
        }
    };
}
pub(crate) use event_data;

/// Why a stored event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A type or schema this build does not know; it was written by a newer one.
    #[error("event {kind} schema {schema} is not known to this version of Docket")]
    Unknown {
        /// The event's type.
        kind: String,
        /// The event's schema.
        schema: u16,
    },
    /// The payload is not what the schema says.
    #[error("event {kind}: {error}")]
    Malformed {
        /// The event's type.
        kind: String,
        /// The parser's words; they hold no value of the payload.
        error: String,
    },
}

/// Declares the enum of all events with one line per type.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident($path:path),)+) => {
        /// Every event of every stream. Past tense; the names are frozen.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event { $($(#[$doc])* $name($path),)+ }

        impl Event {
            /// All types with the schema written today.
            pub const TYPES: &'static [(&'static str, u16)] =
                &[$((<$path as EventData>::KIND, <$path as EventData>::SCHEMA)),+];

            /// The frozen wire name.
            pub fn kind(&self) -> &'static str {
                match self { $(Event::$name(_) => <$path as EventData>::KIND,)+ }
            }

            /// The schema version written today.
            pub fn schema(&self) -> u16 {
                match self { $(Event::$name(_) => <$path as EventData>::SCHEMA,)+ }
            }

            /// The public half as JSON text.
            pub fn payload(&self) -> serde_json::Result<String> {
                match self { $(Event::$name(data) => serde_json::to_string(data),)+ }
            }

            /// The personal half as JSON text, if there is one.
            pub fn personal(&self) -> serde_json::Result<Option<String>> {
                match self { $(Event::$name(data) => data.personal().map(serde_json::to_string).transpose(),)+ }
            }

            /// Reads the two halves back; `schema` must be the one written today.
            pub fn decode(kind: &str, schema: u16, payload: &str, personal: Option<&str>) -> Result<Event, DecodeError> {
                $(if kind == <$path as EventData>::KIND && schema == <$path as EventData>::SCHEMA {
                    let malformed = |error: serde_json::Error| DecodeError::Malformed {
                        kind: kind.to_owned(),
                        error: format!("line {} column {}", error.line(), error.column()),
                    };
                    let mut data: $path = serde_json::from_str(payload).map_err(malformed)?;
                    if let Some(personal) = personal {
                        data.set_personal(Some(serde_json::from_str(personal).map_err(malformed)?));
                    }
                    return Ok(Event::$name(data));
                })+
                Err(DecodeError::Unknown { kind: kind.to_owned(), schema })
            }
        }

        $(impl From<$path> for Event {
            fn from(data: $path) -> Event {
                Event::$name(data)
            }
        })+
    };
}

events! {
    /// Position 1 of every log.
    LogCreated(crate::log::LogCreated),
    /// Newer forms of events may be written from here on.
    LevelRaised(crate::log::LevelRaised),
    /// The log lost events, and an operator accepted it.
    LogRestored(crate::log::LogRestored),
    /// 填写申报书
    DraftCreated(crate::declaration::DraftCreated),
    /// A section of the form was stored; its text lies in the documents.
    SectionSaved(crate::declaration::SectionSaved),
    /// 删除: the stream's key is destroyed with it.
    DraftDeleted(crate::declaration::DraftDeleted),
    /// 提交申报书
    Submitted(crate::declaration::Submitted),
    /// 再次提交申报书
    Resubmitted(crate::declaration::Resubmitted),
    /// 签收申报书
    SignedFor(crate::declaration::SignedFor),
    /// 审核通过并公示
    ApprovedAndPublicized(crate::declaration::ApprovedAndPublicized),
    /// 报送上级单位
    Reported(crate::declaration::Reported),
    /// 撤回报送
    ReportWithdrawn(crate::declaration::ReportWithdrawn),
    /// 退回申报
    Returned(crate::declaration::Returned),
    /// 终止申报
    Terminated(crate::declaration::Terminated),
    /// 变更办理人
    HandlerChanged(crate::declaration::HandlerChanged),
    /// 审核通过
    AcceptedFinal(crate::declaration::AcceptedFinal),
    /// 受理通过
    CommitteeAccepted(crate::declaration::CommitteeAccepted),
    /// 评审通过 / 评审未通过
    ReviewConcluded(crate::declaration::ReviewConcluded),
    /// A unit exists; its 单位中心 opens once the profile is complete.
    UnitRegistered(crate::unit::UnitRegistered),
    /// 完善单位基础信息, the first time (§4.2).
    UnitProfileCompleted(crate::unit::UnitProfileCompleted),
    /// 单位基础信息, later (§4.3).
    UnitProfileChanged(crate::unit::UnitProfileChanged),
    /// 是否启用签收功能
    SignOffToggled(crate::unit::SignOffToggled),
    /// 单位联系方式 (§4.4).
    ContactsSaved(crate::unit::ContactsSaved),
    /// 职称发证权限 granted by 市职改办.
    IssuingAuthorityGranted(crate::unit::IssuingAuthorityGranted),
    /// 职称发证权限 taken back (A50).
    IssuingAuthorityRevoked(crate::unit::IssuingAuthorityRevoked),
    /// The unit's legal account is known.
    LegalUserAssigned(crate::staff::LegalUserAssigned),
    /// 用户管理 › 新增 (§4.5).
    OperatorLinked(crate::staff::OperatorLinked),
    /// 用户管理 › 删除 (§4.5).
    OperatorRemoved(crate::staff::OperatorRemoved),
    /// 用户权限 › 保存 (§4.6).
    OperatorMenusSaved(crate::staff::OperatorMenusSaved),
    /// An account exists.
    PersonRegistered(crate::person::PersonRegistered),
    /// A role of the platform was granted to a person.
    SystemRoleGranted(crate::person::SystemRoleGranted),
    /// A review committee exists.
    CommitteeCreated(crate::committee::CommitteeCreated),
    /// Its plan: deadlines, notice, attachments.
    CommitteePlanSaved(crate::committee::CommitteePlanSaved),
    /// 认定申报设置 › 保存 (§8).
    RecognitionSettingSaved(crate::setting::RecognitionSettingSaved),
    /// One year of the holiday calendar was loaded or corrected.
    CalendarYearLoaded(crate::reference::CalendarYearLoaded),
    /// One series of the title table was loaded or corrected.
    SeriesDefined(crate::reference::SeriesDefined),
    /// A workflow definition was published, in parts.
    DefinitionPublished(crate::reference::DefinitionPublished),
    /// A claim was taken.
    ClaimTaken(crate::claim::ClaimTaken),
    /// A claim was given back.
    ClaimFreed(crate::claim::ClaimFreed),
    /// A termination counts against its year.
    YearLockCreated(crate::claim::YearLockCreated),
}

/// In what capacity somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 申报人
    Applicant,
    /// 法人用户
    LegalUser,
    /// 经办用户
    Operator,
    /// Reads every history.
    Auditor,
    /// Runs the machine.
    SystemOperator,
    /// Docket itself.
    System,
}

impl Role {
    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Role::Applicant => "申报人",
            Role::LegalUser => "法人用户",
            Role::Operator => "经办人",
            Role::Auditor => "审计员",
            Role::SystemOperator => "系统运维",
            Role::System => "系统",
        }
    }
}

impl From<SystemRole> for Role {
    fn from(role: SystemRole) -> Self {
        match role {
            SystemRole::Auditor => Role::Auditor,
            SystemRole::SystemOperator => Role::SystemOperator,
        }
    }
}

/// Who acted, by ids only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The account; none for the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// In what capacity.
    pub role: Role,
    /// The unit acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}

impl Author {
    /// Docket itself.
    pub const SYSTEM: Author = Author {
        person: None,
        role: Role::System,
        unit: None,
    };
}

/// An event with its place and circumstances, as `evolve` sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Place in the stream, from 1.
    pub version: u64,
    /// Place in the log, from 1; 0 while it has none yet.
    pub position: u64,
    /// The instant the decision used.
    pub at: Instant,
    /// Who acted.
    pub author: Author,
    /// What happened.
    pub event: Event,
}
