use docket_domain::log::Level;
use docket_store::{LogError, StreamId};
use std::path::PathBuf;

/// Why stored events could not be read. No text in it holds a value of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The log itself.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A type, schema or stream category of a newer Docket: this node is too old. Nothing is wrong
    /// with the event.
    #[error(
        "event {kind} schema {schema} at position {position} is not known to this version of Docket"
    )]
    Unknown {
        /// The event's type.
        kind: String,
        /// The event's schema.
        schema: u16,
        /// Where it stands.
        position: u64,
    },
    /// What is stored cannot be what was written.
    #[error("event {kind} at position {position} cannot be read: {what}")]
    Corrupt {
        /// Where it stands; 0 for a document.
        position: u64,
        /// The event's type; `document` for a document.
        kind: String,
        /// What is wrong.
        what: String,
    },
    /// The key file does not hold what wraps the key, or the log's own key is not there: nothing is
    /// wrong with the event.
    #[error("the key of stream {stream}, needed at position {position}, is missing")]
    KeyMissing {
        /// The stream.
        stream: StreamId,
        /// The first event that needs it.
        position: u64,
    },
}

/// Why an event could not be made ready for the log. A bug in the caller, or an event for a
/// stream whose key was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The log's level is below what the event needs. Nothing is wrong with either: the level can
    /// be raised once no older node runs.
    #[error("event {kind} cannot be written at level {level} of the log: {what}")]
    AboveLevel {
        /// The event's type.
        kind: &'static str,
        /// The log's level.
        level: Level,
        /// What the level has no form for.
        what: &'static str,
    },
    /// The event has a personal half, but the log's own key would seal it, which is never destroyed.
    #[error("event {kind} names a person, but stream {stream} has no key of its own for it")]
    NotSealable {
        /// The stream.
        stream: StreamId,
        /// The event's type.
        kind: &'static str,
    },
}

/// What is wrong with the key file or a key under it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no file, and none may be made.
    #[error(
        "there is no key file at {path}: restore it from the backup, or name the right one in DOCKET_KEY_FILE"
    )]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not for its owner alone.
    #[error("other users may use the key file {path} (mode {mode:04o}): run `chmod 600 {path}`")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is no key file. The text of the line is not repeated.
    #[error("{path} is no key file of Docket, line {line}: {what}; restore it from the backup")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was expected.
        what: &'static str,
    },
    /// The file system.
    #[error("the key file {path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        error: std::io::Error,
    },
    /// The key file belongs to another log.
    #[error(
        "the key file does not belong to this log: its {purpose} key {version} is not the one the log was \
         written with; restore that key file from the backup, or name it in DOCKET_KEY_FILE"
    )]
    Wrong {
        /// `wrapping` or `identity`.
        purpose: &'static str,
        /// The key's version.
        version: u32,
    },
    /// The log's own check value is unreadable, or gone although events were written.
    #[error(
        "the check value of the key file that the log should hold is {0}; restore the database from the backup"
    )]
    CheckValue(&'static str),
    /// A wrapped key that does not open.
    #[error("the key of stream {stream} does not open: {what}")]
    Wrapped {
        /// The stream.
        stream: StreamId,
        /// Why.
        what: &'static str,
    },
    /// A key wrapped under a version that the key file does not hold.
    #[error(
        "the key of stream {stream} is wrapped under key {version}, which the key file does not hold"
    )]
    VersionAbsent {
        /// The stream.
        stream: StreamId,
        /// The version of the wrapping key.
        version: u32,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}
