//! What a command says: data on stdout, everything else on stderr. All of it is [`printable`]: this is
//! the only place that writes to a terminal.

use crate::printable::{printable, printable_json};
use crate::table::Table;
use serde::Serialize;
use std::fmt::Display;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

/// Stands before the code of a style that [`Output`] has put into a text. It is another one in each
/// process, so that no stored text can hold it.
static STYLE: LazyLock<String> =
    LazyLock::new(|| format!("\u{fdd0}{:016x}", RandomState::new().hash_one("style")));

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

    /// A line of data; a line break in it is shown as an escape. A reader who has gone away is no
    /// error.
    pub fn line(&self, text: impl Display) {
        let _ = writeln!(io::stdout(), "{}", shown(&text.to_string()));
    }

    /// Text whose line breaks are Docket's own.
    pub fn lines(&self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// A table.
    pub fn table(&self, table: &Table) {
        table.lines().iter().for_each(|line| self.line(line));
    }

    /// A value as JSON, indented.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn value(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.json(&serde_json::to_string_pretty(value)?);
        Ok(())
    }

    /// Text that is JSON.
    pub fn json(&self, json: &str) {
        let _ = writeln!(io::stdout(), "{}", printable_json(json));
    }

    /// A line about what goes on.
    pub fn note(&self, text: impl Display) {
        let _ = writeln!(io::stderr(), "{}", shown(&text.to_string()));
    }

    /// The same of text whose line breaks are Docket's own.
    pub fn notes(&self, text: &str) {
        text.lines().for_each(|line| self.note(line));
    }

    /// A value about what goes on, as JSON in a line.
    pub fn note_value(&self, value: &serde_json::Value) {
        let _ = writeln!(io::stderr(), "{}", printable_json(&value.to_string()));
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
            let style = STYLE.as_str();
            format!("{style}{code}m{text}{style}0m")
        } else {
            text.to_string()
        }
    }
}

/// A line as a terminal gets it: its own styles as the terminal's codes, all else printable.
fn shown(text: &str) -> String {
    let mut pieces = text.split(STYLE.as_str());
    let mut shown = printable(pieces.next().unwrap_or_default()).into_owned();
    for (code, rest) in pieces.filter_map(|piece| piece.split_once('m')) {
        shown.push_str("\x1b[");
        shown.push_str(code);
        shown.push('m');
        shown.push_str(&printable(rest));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_is_dockets_and_never_that_of_stored_text() {
        let output = Output {
            json: false,
            colour: true,
            terminal: true,
        };
        let stored = "\u{1b}[1m张三\u{1b}[0m";
        let styled = format!("{} {stored}", output.strong(format_args!("#1 {stored}")));
        let escaped = "\\u{1b}[1m张三\\u{1b}[0m";
        let right = format!("\u{1b}[1m#1 {escaped}\u{1b}[0m {escaped}");
        assert_eq!(shown(&styled), right);
    }

    #[test]
    fn stored_text_begins_no_line_of_its_own() {
        assert_eq!(shown("意见：同意\n#9 审核通过"), "意见：同意\\n#9 审核通过");
    }
}
