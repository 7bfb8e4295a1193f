//! A checker of recorded histories: was everything that clients were told true of one order?
//!
//! The log is the witness. [`check`] holds a [`History`] of calls against a [`Witness`] of the log
//! they went to and names every [`Fault`]:
//!
//! - every accepted command stands at the position it was told, exactly once;
//! - what was answered before something else was asked stands lower;
//! - each command that stands is what the rules decide on the log right below it;
//! - each refusal is right for some moment between its call and its answer;
//! - a command without an answer stands once or not at all, and nothing stands that nobody asked
//!   for;
//! - what was read shows one moment of the log, no older than asked for, and never goes back.
//!
//! It is pure: it reads no clock and asks no server, so that a doctored history is found every time.

mod commands;
mod fault;
mod history;
mod order;
mod reads;
mod refusals;
#[cfg(test)]
mod tests;
mod witness;

pub use fault::Fault;
pub use history::{Accepted, Answer, Asked, Call, History, List, Page, Row, What};
pub use witness::{Entry, Witness};

/// Everything that is wrong with a history; nothing is.
pub fn check(history: &History, witness: &Witness) -> Vec<Fault> {
    let mut faults = witness.faults().to_vec();
    if faults.is_empty() {
        let order = order::Order::of(history, witness);
        faults.extend(order.faults(history, witness));
        faults.extend(commands::faults(history, witness));
        faults.extend(refusals::faults(history, witness, &order));
        faults.extend(reads::faults(history, witness));
    }
    faults
}
