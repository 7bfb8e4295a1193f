//! The commands on declarations, one file each.

pub mod accept;
pub mod approve;
pub mod approve_and_publicize;
pub mod batch;
pub mod conclude;
pub mod create;
pub mod delete;
pub mod reassign;
pub mod report;
pub mod save_section;
pub mod send_back;
pub mod sign;
pub mod submit;
pub mod terminate;
pub mod withdraw;
