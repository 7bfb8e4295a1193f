//! Identifiers of people and units, checked as domain.md §14.3 says.
//!
//! Each is a newtype that only [`parse`](IdNumber::parse) makes, so a value of the type is a
//! normalised, valid identifier. `Debug` prints the mask: a log line must not carry the number.

mod credit_code;
mod id_number;
mod mobile;

pub use credit_code::{CreditCode, CreditCodeProblem};
pub use id_number::{IdNumber, IdNumberProblem, Sex};
pub use mobile::{Mobile, MobileProblem};
