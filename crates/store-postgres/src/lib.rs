//! The log in PostgreSQL: the production engine.
//!
//! One writer task per process drains whatever waits into one transaction (group commit) on a
//! connection that pipelines, so that a batch costs two round trips: begin, lock and look; insert
//! and commit. Any number of processes may append: positions are given under one lock that is held
//! to commit. Reads come from a pool. Notifications only wake; polling is always on.
//!
//! What this crate must never do: update or delete an event, parse a payload, read the clock for
//! anything but waiting, or hold SQL outside `sql/`, where every operation is a file of its own and
//! `schema.sql` shows all tables on one screen.
//!
//! # Adding an operation
//! Add `sql/<operation>.sql`, the method in `read.rs` (or a job in `writer.rs` if it writes), and
//! stamp its contract case from `docket-store-conformance`; the tests of this crate do the rest.

mod administer;
mod batch;
mod copy;
mod encode;
mod error;
mod follow;
mod inspect;
mod job;
mod log;
mod open;
mod options;
mod place;
mod read;
mod readers;
mod session;
mod writer;

pub use administer::{
    Missing, Surroundings, defaults_of_role, grant, missing_privileges, surroundings,
};
pub use log::{PostgresLog, ServerSettings};
pub use options::PostgresOptions;
