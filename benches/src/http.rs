//! Load over HTTP: a real `docket serve`, and clients that keep their connections.

mod client;
mod served;
mod town;

pub use client::{Answer, Client, Request};
pub use served::{Served, build_docket};
pub use town::{Preparation, ServedTown};
