//! What a command says: data on stdout, everything else on stderr.

use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Where a command's words go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Whether data is written as JSON.
    pub json: bool,
    colour: bool,
    terminal: bool,
}

impl Output {
    /// Colour only on a terminal, and not where `NO_COLOR` is set.
    pub fn new(json: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            json,
            colour: io::stdout().is_terminal() && !no_colour && !dumb,
            terminal: io::stderr().is_terminal() && !dumb,
        }
    }

    /// A line of data. A reader who has gone away is no error.
    pub fn line(&self, text: impl Display) {
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// A value as JSON, indented.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(serde_json::to_string_pretty(value)?);
        Ok(())
    }

    /// A line about what goes on.
    pub fn note(&self, text: impl Display) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Whether progress may be drawn over.
    pub fn draws_progress(&self) -> bool {
        self.terminal && !self.json
    }

    /// A heading.
    pub fn title(&self, text: impl Display) -> String {
        self.paint("1;36", text)
    }

    /// Something to notice.
    pub fn strong(&self, text: impl Display) -> String {
        self.paint("1", text)
    }

    /// Something beside.
    pub fn faint(&self, text: impl Display) -> String {
        self.paint("2", text)
    }

    fn paint(&self, code: &str, text: impl Display) -> String {
        if self.colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }
}
