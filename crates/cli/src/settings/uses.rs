//! Which verb uses which setting. A flag that its verb does not use is refused: nobody shall believe
//! that it counts. The lines of docket.toml and the environment are for all verbs together.

/// A setting that is a flag of every verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `--config`
    Config,
    /// `--database-url`
    DatabaseUrl,
    /// `--key-file`
    KeyFile,
    /// `--views`
    Views,
    /// `--keep-views`
    KeepViews,
}

use Setting::{Config, DatabaseUrl, KeepViews, KeyFile, Views};

/// The log alone.
const LOG: &[Setting] = &[Config, DatabaseUrl];
/// The log and what opens it.
const KEYS: &[Setting] = &[Config, DatabaseUrl, KeyFile];
/// These, and the read models as they are.
const LOOKS: &[Setting] = &[Config, DatabaseUrl, KeyFile, Views];
/// These, and what is kept of a read model that is replaced.
const WORKS: &[Setting] = &Setting::ALL;

/// Every verb.
pub const VERBS: &[(&str, &[Setting])] = &[
    ("demo", WORKS),
    ("serve", WORKS),
    ("migrate", KEYS),
    ("replay", KEYS),
    ("projections list", LOOKS),
    ("projections status", LOOKS),
    ("projections plan", LOOKS),
    ("projections rebuild", WORKS),
    ("projections rollback", WORKS),
    ("projections verify", WORKS),
    ("projections repair", WORKS),
    ("projections parked", LOOKS),
    ("projections parked retry", WORKS),
    ("projections drop-old", WORKS),
    ("worklist diff", LOOKS),
    ("workflow check", &[]),
    ("workflow show", &[]),
    ("calendar load", KEYS),
    ("calendar show", KEYS),
    ("log head", LOG),
    ("log verify", KEYS),
    ("log accept-restored", LOOKS),
    ("database check", LOG),
    ("doctor", LOOKS),
    ("openapi", &[]),
    ("completions", &[]),
];

/// Every line of docket.toml: the flags of all verbs but `--config`, and what only some verbs know.
pub const LINES: &[&str] = &[
    "database_url",
    "key_file",
    "views",
    "keep_views",
    "listen",
    "admin_listen",
    "verify_every",
    "jurisdiction",
];

impl Setting {
    /// All of them.
    pub const ALL: [Setting; 5] = [Config, DatabaseUrl, KeyFile, Views, KeepViews];

    /// What the command line's parser calls it.
    pub fn id(self) -> &'static str {
        match self {
            Config => "config",
            DatabaseUrl => "database_url",
            KeyFile => "key_file",
            Views => "views",
            KeepViews => "keep_views",
        }
    }

    /// As it is written.
    pub fn flag(self) -> String {
        format!("--{}", self.id().replace('_', "-"))
    }
}

/// What a verb uses.
pub fn of(verb: &str) -> Option<&'static [Setting]> {
    let found = VERBS.iter().find(|(known, _)| *known == verb);
    found.map(|(_, uses)| *uses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Cli;
    use clap::{Command, CommandFactory};

    /// Every verb that does something, by its words.
    fn verbs(command: &Command, path: &str, found: &mut Vec<String>) {
        for below in command
            .get_subcommands()
            .filter(|one| one.get_name() != "help")
        {
            let path = format!("{path} {}", below.get_name());
            let path = path.trim_start();
            if !below.has_subcommands() || !below.is_subcommand_required_set() {
                found.push(path.to_owned());
            }
            verbs(below, path, found);
        }
    }

    #[test]
    fn every_verb_says_which_settings_it_uses() {
        let mut found = Vec::new();
        verbs(&Cli::command(), "", &mut found);
        found.sort();
        let mut table: Vec<&str> = VERBS.iter().map(|(verb, _)| *verb).collect();
        table.sort_unstable();
        assert_eq!(found, table);
    }

    #[test]
    fn every_flag_of_all_verbs_is_a_setting() {
        let command = Cli::command();
        let global = command.get_arguments().filter(|arg| arg.is_global_set());
        let ids: Vec<&str> = global.map(|arg| arg.get_id().as_str()).collect();
        let table = Setting::ALL.map(Setting::id);
        assert_eq!(
            ids.iter().filter(|id| **id != "json").collect::<Vec<_>>(),
            table.iter().collect::<Vec<_>>()
        );
        for arg in command
            .get_arguments()
            .filter(|arg| table.contains(&arg.get_id().as_str()))
        {
            assert!(arg.get_env().is_some(), "{} has a variable", arg.get_id());
        }
    }

    #[test]
    fn every_flag_of_all_verbs_is_a_line_of_the_file() {
        let settings = Setting::ALL.into_iter().filter(|one| *one != Config);
        let ids: Vec<&str> = settings.map(Setting::id).collect();
        assert_eq!(LINES[..ids.len()], ids);
    }
}
