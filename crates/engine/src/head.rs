//! The head of the log: the tree over it, which is computed from the events themselves, and what
//! this node remembers of it beside its key file.

mod file;
#[cfg(test)]
mod given;
mod keeper;
mod memory;

pub use file::{MemoryError, MemoryFile};
pub use keeper::{HeadKeeper, HeadState, HeadWatch, Published};
pub use memory::Memory;
