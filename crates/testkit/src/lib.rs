//! What specs stand on: a small invented world, given/when/then, random histories, a fake clock.
//!
//! [`World`] runs commands the way the engine does, over states in memory: it asks `decide`, loads
//! what was missing, asks again, and folds what was decided. [`Walk`] leads one declaration through
//! its life, [`given`] turns a walk into a spec, [`histories`] drives random commands at random
//! actors. Behind features stand a real engine with a `town` on it, a checker of concurrent
//! histories, `linear`, and a throwaway `postgres`. Nothing here reads a clock or a source of
//! chance: instants are given, numbers come from a [`Seed`].
//!
//! What this crate must never do: be a dependency of the product, hold real people's data, or know
//! a rule. Every person, unit and identifier is invented, with check digits that are right.

mod cast;
mod clock;
#[cfg(all(unix, feature = "engines"))]
pub mod engines;
mod forms;
pub mod histories;
mod identifiers;
#[cfg(feature = "engine")]
pub mod linear;
#[cfg(feature = "engine")]
pub mod newer;
#[cfg(all(unix, feature = "postgres"))]
pub mod postgres;
mod seed;
mod spec;
#[cfg(feature = "engine")]
pub mod town;
mod walk;
mod world;

pub use cast::{Cast, UnitCast, address};
pub use clock::FakeClock;
pub use forms::{complete_sections, section};
pub use identifiers::{credit_code, id_number};
pub use seed::Seed;
pub use spec::{Given, Then, When, given};
pub use walk::{Walk, instant, report_form};
pub use world::{Executed, Recorded, World};
