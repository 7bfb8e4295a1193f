//! The real binary, as people and programs use it.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod checking;
mod client;
mod containers;
mod credentials;
mod demo;
mod erasure;
mod failover;
mod forged;
mod help;
mod kill;
mod looking;
mod lost;
mod metrics;
#[cfg(unix)]
mod modes;
mod operations;
mod process;
mod refusals;
mod replay;
mod settings;
mod tampering;
mod tools;
mod views;
mod worklist;
