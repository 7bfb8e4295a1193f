//! How Docket reaches PostgreSQL: one way for the log, the read models and whatever else keeps its
//! rows there.
//!
//! A [`DatabaseUrl`] is read once, from a URL and from the environment variables that PostgreSQL's
//! own programs know, and makes the connections of both drivers; it never shows a user, a password
//! or a setting. [`Session`] is what a connection is for, and with it every time limit: no default
//! that somebody gave the role or the database reaches a statement of Docket. [`welcome`] looks at a
//! connection before it is used, and [`Connections`] tells who holds something in memory that
//! another server may answer from now on. [`Meaning`] is the one table of SQLSTATE.
//!
//! What this crate must never do: know a table of Docket, decide what a caller does after an error,
//! or put a secret into an error, a log line or a `Debug` text.
//!
//! # Adding a setting of the URL
//! An arm in `url::Draft::set` that both drivers can honour, or a row in `url::REFUSED` with the
//! reason; a row in docs/operations.md.

mod connections;
mod defaults;
mod environment;
mod meaning;
mod options;
mod passfile;
mod probe;
mod secret;
mod session;
mod url;
mod welcome;

pub use connections::Connections;
pub use defaults::{ADVICE as DEFAULTS_ADVICE, defaults};
pub use meaning::{Meaning, is_lost, said};
pub use probe::{Probed, Verdict, probe};
pub use session::{Session, Wanted};
pub use url::{DatabaseUrl, Unreadable};
pub use welcome::{is_standby, welcome, welcome_client};
