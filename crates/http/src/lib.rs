//! The HTTP interface: decode, authorise, call the engine or a query, encode.
//!
//! [`router`](router()) is the list of all routes; one file per endpoint holds its body, its answer
//! and its handler. Every failure leaves as an RFC 9457 problem document ([`problem`]), those of the
//! framework too. What a client may rely on is generated into schemas/openapi.json
//! ([`openapi_json`]).
//!
//! What this crate must never do: decide a rule, write personal data to a log line, a URL or a
//! metric, or answer a query from a view without saying which position it has seen.
//!
//! # Adding an endpoint
//! A file in `commands/`, `queries/` or `around/` with its `#[utoipa::path]` handler, one line in
//! `router.rs`, its tests in `tests/api/`, then `cargo xtask regen` for schemas/openapi.json.

mod access;
mod answer;
mod app;
mod around;
mod body;
mod caller;
mod command;
mod commands;
mod jobs;
mod layers;
mod openapi;
mod params;
mod path;
pub mod problem;
mod queries;
mod refused;
mod router;
mod schema;
mod shutdown;
mod stamp;
mod state_view;
mod surroundings;
mod texts;
mod tokens;

pub use app::{App, AppParts, DemoClock};
pub use openapi::openapi_json;
pub use router::router;
pub use shutdown::Shutdown;
pub use tokens::AccessTokens;
