//! A rolling deployment with two builds, of which the next knows one level of the log more and gives
//! the worklist one column more.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[path = "../cli/client.rs"]
mod client;
#[path = "../cli/containers.rs"]
mod containers;
mod levels;
mod meanings;
mod nodes;
mod pointer;
mod readers;
#[path = "../drill/signal.rs"]
mod signal;
mod steps;
mod town;
