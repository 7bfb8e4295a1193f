use std::fmt;

/// One thing wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionProblem {
    /// Where, e.g. `transitions[3].guards[1]`.
    pub path: String,
    /// What, and where possible what was meant.
    pub message: String,
}

impl fmt::Display for DefinitionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Everything wrong with a definition, in the order of the text; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionErrors(pub Vec<DefinitionProblem>);

impl fmt::Display for DefinitionErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for DefinitionErrors {}

/// Gathers problems, so that a reader of a definition sees all of them at once.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<DefinitionProblem>);

impl Problems {
    pub(super) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(DefinitionProblem {
            path: path.into(),
            message: message.into(),
        });
    }

    /// Adds the problem unless the condition holds.
    pub(super) fn expect(&mut self, holds: bool, path: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(path, message());
        }
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<T, DefinitionErrors> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(DefinitionErrors(self.0))
        }
    }
}
