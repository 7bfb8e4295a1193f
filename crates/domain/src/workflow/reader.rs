use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Definition;
use super::names::{Named, read};
use super::problems::{DefinitionErrors, Problems};
use super::raw::RawTexts;

/// An expanded text, taken apart entry by entry; what is left at the end is unknown.
pub(super) struct Reader {
    table: Map<String, Value>,
    pub(super) problems: Problems,
}

impl Reader {
    pub(super) fn new(text: &str) -> Result<Self, DefinitionErrors> {
        let mut problems = Problems::default();
        let table = serde_json::from_str(text).unwrap_or_else(|error| {
            problems.add("definition", format!("no JSON object: {error}"));
            Map::new()
        });
        let mut table = problems.into_result(table)?;
        // Versions of the files the text was made of; `expand` compared them.
        table.remove("steps");
        table.remove("steps_version");
        Ok(Self {
            table,
            problems: Problems::default(),
        })
    }

    /// Takes one entry of the top level, of any shape that serde reads.
    pub(super) fn value<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let Some(value) = self.table.remove(name) else {
            self.problems.add(name, "missing");
            return None;
        };
        serde_json::from_value(value)
            .map_err(|error| self.problems.add(name, error.to_string()))
            .ok()
    }

    pub(super) fn text(&mut self, name: &str) -> String {
        let text: String = self.value(name).unwrap_or_else(|| "-".to_owned());
        self.problems
            .expect(!text.trim().is_empty(), name, || "must not be blank".into());
        text
    }

    pub(super) fn number(&mut self, name: &str) -> u32 {
        let number = self.value(name).unwrap_or(1);
        self.problems
            .expect(number > 0, name, || "must be at least 1".into());
        number
    }

    pub(super) fn code<T: Named>(&mut self, name: &str) -> Option<T> {
        let text: String = self.value(name)?;
        read(name, &text, &mut self.problems)
    }

    /// Reads a list entry by entry, so that one bad entry hides no other. An entry makes as many
    /// things as it names.
    pub(super) fn entries<Raw: DeserializeOwned, Made: IntoIterator<Item = T>, T>(
        &mut self,
        name: &str,
        make: fn(&str, Raw, &mut Problems) -> Made,
    ) -> Vec<T> {
        let Some(Value::Array(entries)) = self.table.remove(name) else {
            self.problems.add(name, "missing, or no list of tables");
            return Vec::new();
        };
        let mut made = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let path = format!("{name}[{index}]");
            match serde_json::from_value(entry) {
                Ok(raw) => made.extend(make(&path, raw, &mut self.problems)),
                Err(error) => self.problems.add(path, error.to_string()),
            }
        }
        made
    }

    /// A table of texts whose keys are names of a closed set.
    pub(super) fn texts_by<T: Named + Ord>(&mut self, name: &str) -> BTreeMap<T, String> {
        let texts: RawTexts = self.value(name).unwrap_or_default();
        let problems = &mut self.problems;
        let keyed = texts.into_iter().filter_map(|(key, text)| {
            read(&format!("{name}.{key}"), &key, problems).map(|key| (key, text))
        });
        keyed.collect()
    }

    pub(super) fn finish(mut self, definition: Definition) -> Result<Definition, DefinitionErrors> {
        for name in self.table.keys() {
            self.problems.add(name.clone(), "unknown entry");
        }
        self.problems.into_result(definition)
    }
}
