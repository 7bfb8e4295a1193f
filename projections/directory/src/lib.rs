//! The directory: units, their people, accounts, committees with plans, settings, calendar and
//! catalogue. Other views hold ids and join what may change from here.
//!
//! What this crate must never do: hold the name of an applicant. Operators are named because units
//! manage them; who anybody else is stands in the log only.

mod projector;
mod query;
mod records;

pub use projector::DirectoryProjector;
pub use query::{Directory, UnitSearch};
pub use records::{Committee, Person, Series, Setting, StaffMember, Unit};

/// The view's name.
pub const NAME: &str = "directory";
