//! Fills a log in bulk: whole lives of review declarations, 20,000 of them live at a time and
//! interleaved, with positions, versions, command ids, sealed parts, keys and leaves as the engine
//! would have written them, by COPY instead of command by command.
//!
//! What is not there: the documents behind saved sections. Nothing that appends, lists or replays
//! reads them.

mod copy;
mod lives;
mod template;

pub use lives::Seeder;
