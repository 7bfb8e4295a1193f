//! The runtime of read models: tables, live runner, generations, rebuild, park.
//!
//! A projector is tables and `rows(state)`; queries live beside it in its own crate. The runtime
//! works out what to write from the difference between the rows that stand and the rows that
//! should, keeps rows and checkpoint in one transaction, and lets a view be built anew beside the
//! one that answers.
//!
//! **Invariant:** rebuild equals live, row for row, also after any set of keys was destroyed; the
//! same batch delivered twice changes nothing; no answer goes back in time.
//!
//! What this crate must never do: write to the log, decide, read a clock for anything but waiting
//! and measuring, or know one of the projectors.
//!
//! # Adding a view
//! A crate in projections/: a [`Projector`] with its [`Table`]s, a struct of queries over a
//! [`View`]; then one line in the cli's list of projectors.

mod accept;
mod change;
mod container;
mod engine;
mod error;
mod fingerprint;
mod fold;
mod follow;
mod generation;
mod home;
mod house;
mod kept;
mod lease;
mod live;
mod look;
mod mark;
mod model;
mod panics;
mod past;
mod place;
mod progress;
mod projector;
mod rebuild;
mod registry;
mod runner;
mod source;
mod statement;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod value;
mod verify;
mod view;
mod views;
mod witness;

pub use change::{Change, TableChange};
pub use container::{Difference, Differences, Differs, TableSum};
pub use engine::Engine;
pub use error::{ViewError, WaitError};
pub use fingerprint::{History, fingerprint, rows_of};
pub use fold::Parked;
pub use kept::{Dropped, RolledBack};
pub use past::{AsOf, NoAsOf, NoPast, Past};
pub use place::Place;
pub use progress::{Phase, Progress, per_second, seconds_left};
pub use projector::{Folded, Projector, Rows, categories};
pub use rebuild::{Gate, Pace, Plan, Rebuild, Rebuilt, Refused};
pub use registry::{Report, ReportKind};
pub use runner::Runner;
pub use source::{Opened, Source, SourceError};
pub use table::{Column, ColumnType, Index, Source as RowsOf, Table};
pub use text::contains;
pub use value::{Cell, Json, Row, Value};
pub use verify::{Repaired, Scope, Unproven, Verified};
pub use view::{Cells, Snapshot, View};
pub use views::{Config, Info, Other, Unbuilt, Views};
pub use witness::{Witness, witnesses};
