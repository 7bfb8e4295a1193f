//! Load over HTTP: a real `docket serve`, and clients that keep their connections.

mod client;
mod paced;
mod served;
mod town;

pub use client::{Answer, Client, Request};
pub use paced::{Asked, Paced, pace};
pub use served::{Served, build_docket};
pub use town::{Preparation, ServedTown};
