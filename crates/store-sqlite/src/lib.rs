//! The log in one SQLite file: the embedded default.
//!
//! One writer task owns the only write connection and drains whatever waits into one transaction
//! (group commit); reads come from a pool and fetch a page of events as one value, because every
//! row through the driver costs a hop between threads. Several processes may have the file open:
//! versions are read inside `BEGIN IMMEDIATE`, never cached.
//!
//! What this crate must never do: update or delete an event, parse a payload, read the clock for
//! anything but waiting, or hold SQL outside `sql/`, where every operation is a file of its own and
//! `schema.sql` shows all tables on one screen.
//!
//! # Adding an operation
//! Add `sql/<operation>.sql`, the method in `read.rs` (or a job in `writer.rs` if it writes), and
//! stamp its contract case from `docket-store-conformance`; the tests of this crate do the rest.

mod batch;
mod error;
mod inspect;
mod job;
mod log;
mod open;
mod options;
mod page;
mod poll;
mod prepared;
mod read;
mod readers;
mod writer;

pub use log::{Durability, SqliteLog};
pub use options::SqliteOptions;
