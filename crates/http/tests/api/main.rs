//! The interface over the real router, one file per area.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod access;
mod allowed;
mod around;
mod as_of;
mod audit;
mod batch;
mod checking;
mod document;
mod endings;
mod export;
mod framework;
mod head;
mod idempotency;
mod isolation;
mod paths;
mod projections;
mod races;
mod record;
mod refusals;
mod replays;
mod texts;
mod too_old;
mod worklist;
