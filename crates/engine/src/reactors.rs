//! Policies that answer events with commands of their own.
//!
//! A reactor takes events in log order behind a checkpoint. The id of each command derives from
//! event, reactor and target, so that a replay does nothing twice. What fails is tried again with
//! back-off; what keeps failing parks its stream: later events of that stream wait, others go on. A
//! build that is too old for the log answers nothing and leaves its events to a newer one.

mod runner;
mod sign_off;

pub use runner::{Outcome, Reaction, Reactor, ReactorRunner};
pub use sign_off::{Candidates, SignOffReactor};
