//! Domain events to bytes and back: schemas, upcasters, sealing and the key ring.
//!
//! [`Codec`] turns one event into the row the log stores and back; [`Reader`] does the way back
//! for many, fetching their streams' keys in bulk. [`KeyRing`] is the key file.
//!
//! What this crate must never do: decide, read a clock, draw a random number other than through
//! [`Entropy`], or let a secret into a `Debug` text, an error or a payload.
//!
//! # Adding a schema version
//! Raise the number in the event's `event_data!`, add a row from the version before to the table in
//! `upcast.rs`, then `schemas/events/<Type>.v<n>.json` and one stored sample
//! `fixtures/events/<Type>.v<n>.json`; the files of the version before stay as they are for ever.
//! In `levels.rs` it comes with the newest level, or a new one if that was released; then its step
//! needs a way back too. `cargo test -p docket-codec` names what is missing.

mod decode;
mod document;
mod encode;
mod entropy;
mod error;
mod front;
mod key;
mod levels;
mod metadata;
mod quarantine;
mod reader;
mod ring;
mod seal;
mod stream;
mod upcast;

pub use decode::Opened;
pub use document::{Content, hash_from_hex, open_document, seal_document, superseded};
pub use encode::{Codec, LogAt};
pub use entropy::{Entropy, OsEntropy};
pub use error::{EncodeError, KeyError, ReadError};
pub use key::{DataKey, KeyState, Sealer, erases};
pub use levels::{LEVEL, level_of};
pub use metadata::{CommandStamp, DefinitionStamp, Metadata, Request};
pub use quarantine::{Finding, Quarantine};
pub use reader::Reader;
pub use ring::{IdentityKind, KeyRing};
pub use seal::{ENVELOPE_BYTES, OpenError};
pub use stream::{stream_id, stream_of};
pub use upcast::versions;
