//! What stands around declarations: accounts, units and their people, catalogue, committees,
//! settings, workflows, and the machine itself. One file each.

pub mod calendar;
pub mod committees;
pub mod contacts;
pub mod demo_clock;
pub mod health;
pub mod issuing_authority;
pub mod me;
pub mod operators;
pub mod profile;
pub mod projections;
pub mod requirement;
pub mod series;
pub mod settings;
pub mod units;
pub mod workflows;
