//! Commands to the log: load, decide, append.
//!
//! [`Engine::execute`] answers one command. It reads the states the decision asks for, decides on
//! them, and appends what happened together with a check of every stream the decision used, so
//! that an acceptance never rests on something that has moved. Before it answers a refusal it asks
//! the log whether anything the refusal rests on has moved, and decides again if so. That one rule
//! keeps the cache right on any number of nodes, also on one that is older than the log's level:
//! every answer rests on the level too.
//!
//! What this crate must never do: decide anything itself, read a projection to decide, or answer a
//! refusal from a state it has not compared with the log.
//!
//! # Adding a reactor
//! A file in `reactors/` with a const name and `answer`, which turns an event into commands whose
//! ids derive from event, reactor and target; then one line in the composition root.

mod assemble;
mod bootstrap;
mod cache;
mod clock;
mod consult;
mod engine;
mod head;
mod level;
mod order;
mod past;
pub mod reactors;
mod repeat;
mod restored;
mod unreadable;

pub use bootstrap::{BootstrapError, Founding, attach, bootstrap, definitions};
pub use clock::Clock;
pub use engine::{Engine, EngineParts};
pub use head::{HeadKeeper, HeadState, HeadWatch, Memory, MemoryError, MemoryFile, Published};
pub use level::{LevelError, level_of_log, log_state};
pub use order::{Accepted, EventPlace, Failure, Order, command_id, derived_command_id};
pub use past::{JudgedBy, Past, client_of};
pub use restored::{Lost, Witness, lost};
pub use unreadable::{ReadablePart, Unreadable};
