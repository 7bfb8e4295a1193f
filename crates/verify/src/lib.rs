//! Proves a whole log: every event, document, key, trigger and index of a database, with the key file
//! or without it.
//!
//! [`verify`] is what `docket log verify`, `docket doctor` and the daily check of `docket serve` run.
//! It goes on behind whatever is wrong and names every place, in memory that does not grow with the
//! log, and its [`Report`] says too what it could not check.
//!
//! What this crate must never do: write anything, stop at the first difference, trust a stored hash, or
//! put a value of an event into a finding.
//!
//! # Adding a check
//! A method of the part it belongs to (`events`, `commands`, `places`, `keys`, `documents`, `surroundings`) that
//! calls `found`; a [`Part`] of its own where an operator would do something else about it; a row in
//! the tampering suite of the command line.

mod check;
mod commands;
mod documents;
mod event;
mod events;
mod held;
mod keys;
mod places;
mod report;
mod surroundings;
mod unchecked;

pub use check::{Check, Phase, Progress, VerifyError, verify};
pub use report::{Counts, FINDINGS_SHOWN_MAX, Finding, Findings, Part, Report};
pub use unchecked::Unchecked;
