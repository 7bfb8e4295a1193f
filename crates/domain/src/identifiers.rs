//! Identifiers of people and units, checked as domain.md §14.3 says.
//!
//! Each is a newtype that only [`parse`](IdNumber::parse) makes, so a value of the type is a
//! normalised, valid identifier. `Debug` prints the mask: a log line must not carry the number.

mod credit_code;
mod document;
mod id_number;
mod mobile;

pub use credit_code::{CreditCode, CreditCodeProblem};
pub use document::{Document, DocumentProblem};
pub use id_number::{IdNumber, IdNumberProblem, Sex, is_plausible_birth};
pub use mobile::{Mobile, MobileProblem};
