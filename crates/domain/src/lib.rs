//! The rules of professional-title declarations, as plain functions.
//!
//! [`decide`](command::decide) turns a command and facts into events or a refusal; [`evolve`]
//! folds events into states. The manuals' screens, states and refusals are in here and nowhere
//! else.
//!
//! What this crate must never do: read a clock, draw a random number, do I/O, be async, or depend
//! on another crate of the workspace.
//!
//! # Adding an event
//! Its struct beside the state it changes, `event_data!` with its wire name and schema, one line in
//! `events!` of `event.rs`, one arm in that state's `apply`; then a schema in schemas/events and a
//! sample in fixtures/events, which `cargo xtask tidy` asks for, and its level in the codec.

#[cfg(all(feature = "next-level", not(debug_assertions)))]
compile_error!("the feature `next-level` is for tests and must not be in a release build");

pub mod administration;
pub mod calendar;
pub mod catalogue;
pub mod claim;
pub mod command;
pub mod committee;
mod decision;
pub mod declaration;
pub mod event;
mod facts;
pub mod identifiers;
mod ids;
mod kind;
pub mod log;
pub mod mask;
pub mod person;
pub mod reference;
pub mod refusal;
mod requirement;
pub mod setting;
pub mod staff;
mod state;
mod stream;
pub mod text;
pub mod texts;
pub mod time;
pub mod unit;
pub mod vocabulary;
pub mod workflow;

pub use command::Command;
pub use decision::{Change, Decision, Expectation};
pub use event::{Author, Envelope, Event, Role};
pub use facts::{Acting, Actor, Facts, Seen};
pub use ids::{CommitteeId, DeclarationId, PersonId, RequirementId, SettingId, UnitId};
pub use kind::Kind;
pub use refusal::{Code, Problem, Refusal, Warning};
pub use requirement::Requirement;
pub use state::{State, evolve};
pub use stream::{Category, Stream};

/// The version of the rules that decide; it stands in every event's metadata and is raised when a
/// meaning changes.
pub const RULES: u32 = 1;
