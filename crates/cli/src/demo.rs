//! Invented data, made by running real commands under the demo's own clock.
//!
//! [`Cast`] is who there is, from the files in fixtures/demo: ids are derived from names, so that
//! they are the same everywhere. [`seed`] turns cast and courses into orders, in the order of time,
//! each with a permanent id: seeding that was interrupted goes on where it stopped.
//!
//! What this module must never do: write a row or an event past the engine.

mod cast;
mod courses;
mod credentials;
mod curl;
mod fixtures;
mod forms;
mod identifiers;
mod ids;
mod people;
mod scenery;
mod seed;
mod show;

pub use cast::Cast;
pub use credentials::{Credentials, write_atomically};
pub use curl::print_curl_lines;

pub use seed::seed;
pub use show::show;
