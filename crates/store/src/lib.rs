//! The port to the log: streams, append and read, all over bytes.
//!
//! One log per database, totally ordered and **gap-free**: positions are 1, 2, 3 … in commit
//! order. The port is one object-safe trait, [`Log`]; [`MemoryLog`] is the reference model every
//! adapter is compared with, and the `docket-store-conformance` crate is the contract as tests.
//!
//! What this crate must never do: know a domain type, hold an encryption key in the clear, read a
//! clock, or draw a random number. Payloads, sealed parts, wrapped keys and instants come from
//! above and are stored as given.
//!
//! # Adding an operation
//! Add the method to [`Log`], implement it in [`MemoryLog`], add a contract case to
//! `docket-store-conformance`, then one `.sql` file of the same name in every adapter.

mod append;
mod audit;
mod event;
#[doc(hidden)]
pub mod failpoint;
mod format;
mod guarded;
mod inspect;
pub mod ledger;
mod log;
pub mod lossy;
mod memory;
pub mod page;
mod past;
mod proven;
pub mod queue;
mod seen;
mod stream;
mod validate;
mod verify;

pub use append::{
    Append, AppendError, Appended, Document, Expected, KeyChange, NewEvent, StreamAppend,
};
pub use audit::AuditEntry;
pub use event::{Header, Recorded};
pub use format::{FORMAT, Leaf, RootBuilder, leaf, root, sha256};
pub use guarded::Guarded;
pub use inspect::{Inspect, StoredCommand, StoredDocument, StoredKey, StreamPlace, Superseded};
pub use log::{Head, Log, LogError, StreamRange};
pub use memory::MemoryLog;
pub use past::{head_at, head_at_time};
pub use proven::read_proven;
pub use seen::{Loss, Mark, Seen};
pub use stream::StreamId;
pub use validate::{
    CIPHERTEXT_BYTES_MAX, EVENTS_MAX, KIND_BYTES_MAX, PAYLOAD_BYTES_MAX, STREAM_BYTES_MAX,
};
pub use verify::{PublishedHead, Verified, verify};
