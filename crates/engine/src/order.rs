use docket_codec::{EncodeError, ReadError, Request};
use docket_domain::{Actor, Command, Refusal, Stream, Warning};
use docket_store::LogError;
use uuid::Uuid;

/// A command with its circumstances.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who asks.
    pub actor: Actor,
    /// What is asked.
    pub command: Command,
    /// Permanent id; a second order with it changes nothing.
    pub command_id: Uuid,
    /// The version the client saw (`If-Match`).
    pub expected_version: Option<u64>,
    /// What a repeat is compared with; sealed into the first event.
    pub request: Option<Request>,
    /// Correlates log lines, audit entries and events of one request.
    pub correlation: Option<String>,
    /// Position of the event that caused it, for a reactor.
    pub causation: Option<u64>,
}

impl Order {
    /// An order with nothing beside the command.
    pub fn new(actor: Actor, command: Command, command_id: Uuid) -> Self {
        Self {
            actor,
            command,
            command_id,
            expected_version: None,
            request: None,
            correlation: None,
            causation: None,
        }
    }
}

/// Where one event of an accepted command stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlace {
    /// Event type.
    pub kind: String,
    /// Version in the command's own stream.
    pub version: u64,
    /// Position in the log.
    pub position: u64,
}

/// A command that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The command's own stream.
    pub stream: Stream,
    /// Its version now.
    pub version: u64,
    /// Position of the command's last event. Where a command had nothing to do: the head.
    pub position: u64,
    /// The events on the command's own stream.
    pub events: Vec<EventPlace>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Whether an earlier order with the same id had done it.
    pub repeated: bool,
}

/// A command that is not in the log.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The id was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The log moved under it again and again; nothing is wrong, try later.
    #[error("the streams concerned are too busy")]
    Busy,
    /// The log holds something a newer version of Docket wrote.
    #[error("this node is too old for the log: {0}")]
    NodeTooOld(String),
    /// What happened cannot be written at the log's level yet; nothing is wrong, try later.
    #[error("the log must be raised first, see `docket migrate --level`: {0}")]
    LogTooOld(String),
    /// The log cannot be read or written now.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// The log has lost events that this node has seen; nothing is answered until an operator has
    /// put the right copy back or accepted the loss.
    #[error("{0}; see `docket log accept-restored`")]
    LogRestored(LogError),
    /// The log holds something that cannot be right; it needs an operator.
    #[error("the log cannot be read: {what}")]
    Corrupt {
        /// Where, if it is one event.
        position: Option<u64>,
        /// What is wrong, without a value of an event.
        what: String,
    },
}

impl Failure {
    /// Something that cannot be right, in no event in particular.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt {
            position: None,
            what: what.into(),
        }
    }

    fn corrupt_at(position: u64, error: &dyn std::error::Error) -> Self {
        Self::Corrupt {
            position: (position > 0).then_some(position),
            what: error.to_string(),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Unavailable(_) | LogError::Backend(_) => {
                Failure::Unavailable(error.to_string())
            }
            LogError::Lost(_) => Failure::LogRestored(error),
            LogError::Corrupt { position, .. } => Failure::corrupt_at(position, &error),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Log(error) => error.into(),
            ReadError::Unknown { .. } => Failure::NodeTooOld(error.to_string()),
            ReadError::Corrupt { position, .. } | ReadError::KeyMissing { position, .. } => {
                Failure::corrupt_at(position, &error)
            }
        }
    }
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::AboveLevel { .. } => Failure::LogTooOld(error.to_string()),
            other => Failure::corrupt(other.to_string()),
        }
    }
}

const COMMANDS: Uuid = Uuid::from_u128(0x6d0c_4f0e_8a57_5c1b_9d34_7e21_50ac_11d7);

/// The permanent id of a client's command: its account and its `Idempotency-Key`.
pub fn command_id(actor: &Actor, key: &str) -> Uuid {
    let who = actor
        .person
        .map(|person| person.to_string())
        .unwrap_or_default();
    Uuid::new_v5(&COMMANDS, format!("client\n{who}\n{key}").as_bytes())
}

/// The permanent id of a reactor's command, or of one item of a list action.
pub fn derived_command_id(parts: &[&str]) -> Uuid {
    Uuid::new_v5(
        &COMMANDS,
        format!("derived\n{}", parts.join("\n")).as_bytes(),
    )
}
