//! Docket under faults: real servers on a real database, killed, frozen and cut off while clients
//! work, and everything that was answered held against the log afterwards.
//!
//! `history` records ten clients on two nodes, `cycles` kills nodes again and again at named places
//! and random moments (`cargo xtask drill` runs a thousand), `outages` takes the database away in
//! every way it can go. What is right is said by the checker, `docket_testkit::linear`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod arena;
mod client;
mod cycles;
mod disk;
mod failpoints;
mod history;
mod intent;
mod node;
mod outages;
mod scene;
mod signal;
mod verdict;
mod wire;
mod worker;
