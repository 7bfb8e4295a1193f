use crate::http::build_docket;
use clap::Parser;
use std::path::PathBuf;

/// What a bench on PostgreSQL is told.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// A run of seconds that only shows that the bench works
    #[arg(long)]
    pub quick: bool,
    /// Folder of the server's data: a disk of its own, for example [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Declarations that are led through their life, each time
    #[arg(long, value_name = "N")]
    pub declarations: Option<usize>,
    /// Size the log grows to (growth and replay)
    #[arg(long, value_name = "N")]
    pub events: Option<u64>,
    /// The `docket` to load instead of one that is built as it ships (http, queries, beside)
    #[arg(long, value_name = "FILE")]
    pub docket: Option<PathBuf>,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Reads the command line; a wrong one ends the program and says what is possible.
    pub fn read() -> Self {
        Self::parse()
    }

    /// The `docket` to load: as told, or built as it ships.
    ///
    /// # Errors
    /// When it does not build.
    pub fn docket(&self) -> anyhow::Result<PathBuf> {
        match &self.docket {
            Some(docket) => Ok(docket.clone()),
            None => build_docket(),
        }
    }

    /// How many declarations: as told, or what the bench takes, or few when it must be quick.
    pub fn declarations_or(&self, usual: usize) -> usize {
        let own = if self.quick { usual / 10 } else { usual };
        self.declarations.unwrap_or(own)
    }
}
