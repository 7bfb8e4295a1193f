//! `docket.toml`.

use super::given::GivenUrl;
use crate::exit::Stop;
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const CONFIG: &str = "docket.toml";

/// What may stand in it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingFile {
    pub(super) database_url: Option<GivenUrl>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) views: Option<PathBuf>,
    pub(super) keep_views: Option<u32>,
    pub(super) listen: Option<String>,
    pub(super) admin_listen: Option<String>,
    pub(super) verify_every: Option<u32>,
    pub(super) jurisdiction: Option<String>,
}

impl SettingFile {
    /// Reads the file that was named, or the usual one if it is there.
    pub(super) fn read(named: Option<&Path>) -> anyhow::Result<Self> {
        let path = named.unwrap_or(Path::new(CONFIG));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Stop::usage(format!("{}: {error}", path.display()))),
        };
        toml::from_str(&text)
            .map_err(|error| Stop::usage(format!("{}: {}", path.display(), wrong(&text, &error))))
    }
}

/// Where and what is wrong, without the text itself: any part of a line may be a password.
fn wrong(text: &str, error: &toml::de::Error) -> String {
    let what = told(error.message());
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!("line {}: {what}", before.split('\n').count()),
        None => what,
    }
}

/// Of the parser's message what it does not quote: quotes hold what was written. What it expected
/// stands at the end and is its own; a name that looks like a setting may be told.
fn told(message: &str) -> String {
    let (said, quoted) = match message.find(['`', '"', '\'']) {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    if let Some(name) = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(name, _)| name)
        .filter(|name| {
            name.len() <= 32
                && name
                    .chars()
                    .all(|one| one == '_' || one.is_ascii_lowercase())
        })
    {
        return format!("`{name}` is no setting; known are {}", known());
    }
    let expected = quoted
        .rsplit_once(", expected ")
        .map(|(_, expected)| expected)
        .filter(|expected| !expected.contains(['`', '"']));
    match expected {
        Some(expected) => format!("{}, expected {expected}", said.trim_end()),
        None if said.starts_with("unknown field") => {
            format!("that is no setting; known are {}", known())
        }
        None => said.trim_end().trim_end_matches([':', ',']).to_owned(),
    }
}

fn known() -> String {
    super::uses::LINES.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_typo_is_told_with_its_line_and_without_the_password_that_stands_there() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("docket.toml");
        let url = "postgres://docket:geheim@db/records";
        for (line, told) in [
            (format!("databse_url = \"{url}\""), "databse_url"),
            (format!("database_url = \"{url}"), "string"),
            (format!("database_url = {url}"), "string"),
            (format!("database_url = [\"{url}\"]"), "expected a string"),
            (format!("database_url = \"{url}\" oops"), ""),
            (format!("\"{url}\" = 1"), "no setting"),
            (url.to_owned(), ""),
            (format!("keep_views = \"{url}\""), "expected u32"),
            ("keep_views = \"ge`heim, expected geheim\"".to_owned(), ""),
            ("listen = 'geheim".to_owned(), ""),
            ("geheim9 = 1".to_owned(), "no setting"),
            ("geheim".to_owned(), ""),
        ] {
            fs::write(&config, format!("jurisdiction = \"x\"\n{line}\n")).unwrap();
            let refused = SettingFile::read(Some(&config)).unwrap_err().to_string();
            assert!(refused.contains("docket.toml: line 2: "), "{refused}");
            assert!(refused.contains(told), "{refused}");
            assert!(!refused.contains("geheim"), "{line}: {refused}");
        }
    }

    #[test]
    fn every_line_that_is_known_stands_in_the_table() {
        let error = toml::from_str::<SettingFile>("no_such_line = 1").unwrap_err();
        let known = error.message().split('`').skip(3).step_by(2);
        let known: Vec<&str> = known.collect();
        assert_eq!(known, crate::settings::uses::LINES);
    }
}
