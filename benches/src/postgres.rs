//! PostgreSQL under the benches: a server of their own, what it says about itself, and the raw
//! limits of the very rows that Docket wrote.

mod ceiling;
mod rows;
mod server;
mod single;

pub use ceiling::ceiling;
pub use rows::{Batches, Rows};
pub use server::{Counters, Server, connect};
pub use single::single_inserts;
