//! The declaration (申报书): its events, state, commands and rules (§13A).
//!
//! [`evolve`] folds events; [`decide`](decide::decide) answers commands, one file per action in
//! `decide/`; [`allowed`](allowed()) is `decide` asked about every action.

mod allowed;
mod command;
pub mod decide;
mod events;
mod evolve;
mod particulars;
mod state;

pub use allowed::{Allowed, allowed};
pub use command::{Ballot, CreateDraft, DeclarationCommand, ReportForm, SavedForm};
pub use events::*;
pub use evolve::evolve;
pub use particulars::{Particulars, Toward};
pub use state::{
    Applicant, Declaration, Details, LastReturn, SavedSection, Step, Target, Termination, Title,
};
