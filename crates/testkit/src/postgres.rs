//! A throwaway PostgreSQL: behind the feature `postgres`.
//!
//! [`Database::new`] is what most tests want: a fresh database on a server that all tests of the
//! process share, started at the first call from the installed programs and gone with the process,
//! also when that is killed. [`Cluster`] is a server of a test's own, to be crashed, restarted,
//! given settings or a standby. Both block for a moment and may be called inside and outside of a
//! runtime. As root the server runs as an ordinary user, because PostgreSQL refuses root.
//!
//! With `DOCKET_TEST_POSTGRES` set to the URL of a role that may create databases, [`Database`]
//! uses that server; a [`Cluster`] is always started.

mod binaries;
mod cluster;
mod database;
mod guardian;
mod processes;
mod proxy;
mod psql;
#[cfg(test)]
mod tests;

pub use cluster::{Cluster, Options};
pub use database::Database;
pub use proxy::{Cut, Proxy};
pub use psql::try_psql;
