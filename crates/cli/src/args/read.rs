//! The command line of this process, read so that no error shows a secret and no setting is
//! silently without use.

use super::Cli;
use crate::exit::Stop;
use crate::settings::uses::{self, Setting};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use std::collections::BTreeSet;
use std::env;

/// Variables that no flag has.
const OTHERS: &[&str] = &["DOCKET_LOG"];
/// Variables of tests: of builds that fail on purpose, and of the tests themselves.
const OF_TESTS: &[&str] = &["DOCKET_FAILPOINT", "DOCKET_POISON", "DOCKET_POSTGRES_BIN"];

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Ended {
    /// Help or the version was asked for, and printed.
    Printed,
    /// The command line is wrong, as the parser says it.
    Parser(String),
    /// A setting is.
    Setting(anyhow::Error),
}

impl Cli {
    /// Reads the command line of this process.
    ///
    /// # Errors
    /// When there is nothing to do, and why.
    pub fn of_process() -> Result<Cli, Ended> {
        let matches = Cli::command().try_get_matches().map_err(told)?;
        let cli = Cli::from_arg_matches(&matches).map_err(told)?;
        refuse_unused(&matches).map_err(Ended::Setting)?;
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        refuse_unknown(names, &Cli::command()).map_err(Ended::Setting)?;
        Ok(cli)
    }
}

fn told(error: clap::Error) -> Ended {
    if !error.use_stderr() {
        let _ = error.print();
        return Ended::Printed;
    }
    Ended::Parser(without_secrets(&error.render().to_string()))
}

/// A flag that the verb does not use would mislead.
fn refuse_unused(matches: &ArgMatches) -> anyhow::Result<()> {
    let verb = verb(matches);
    let used = uses::of(&verb).unwrap_or_default();
    let given =
        |setting: &Setting| matches.value_source(setting.id()) == Some(ValueSource::CommandLine);
    match Setting::ALL
        .into_iter()
        .filter(given)
        .find(|one| !used.contains(one))
    {
        None => Ok(()),
        Some(unused) => Err(Stop::usage(format_args!(
            "`docket {verb}` does not use {}; leave it out",
            unused.flag()
        ))),
    }
}

/// The words of the verb.
fn verb(matches: &ArgMatches) -> String {
    let mut words = Vec::new();
    let mut here = matches;
    while let Some((word, below)) = here.subcommand() {
        words.push(word);
        here = below;
    }
    words.join(" ")
}

/// A variable that is misspelt would be without use too, and the database another one.
fn refuse_unknown(names: impl Iterator<Item = String>, command: &Command) -> anyhow::Result<()> {
    let mut known = BTreeSet::new();
    variables(command, &mut known);
    known.extend(OTHERS.iter().map(|name| (*name).to_owned()));
    for name in names.filter(|name| name.starts_with("DOCKET_")) {
        // An orchestrator names its services so.
        let of_services = name.contains("_SERVICE_") || name.contains("_PORT");
        let of_tests = name.starts_with("DOCKET_TEST_") || OF_TESTS.contains(&name.as_str());
        if !known.contains(&name) && !of_services && !of_tests {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Stop::usage(format_args!(
                "the environment variable {name} is no setting; known are {known}"
            )));
        }
    }
    Ok(())
}

fn variables(command: &Command, known: &mut BTreeSet<String>) {
    let found = command.get_arguments().filter_map(|arg| arg.get_env());
    known.extend(found.map(|name| name.to_string_lossy().into_owned()));
    for below in command.get_subcommands() {
        variables(below, known);
    }
}

/// A text of ours without what may be a secret among the arguments and the environment: a URL with
/// a user or a password, given where nobody expects one, is echoed by whoever refuses it.
pub fn without_secrets(text: &str) -> String {
    let arguments = env::args_os().skip(1);
    let values = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("DOCKET_") || name.starts_with("PG")
    });
    let words = arguments.chain(values.map(|(_, value)| value));
    let words = words.map(|word| word.to_string_lossy().into_owned());
    hide(text, words)
}

fn hide(text: &str, words: impl Iterator<Item = String>) -> String {
    let mut secrets: Vec<String> = words
        .flat_map(|word| {
            let value = word.split_once('=').map(|(_, value)| value.to_owned());
            [Some(word), value]
        })
        .flatten()
        .filter(|word| may_be_secret(word))
        .collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| {
        text.replace(secret, "(hidden)")
    })
}

fn may_be_secret(word: &str) -> bool {
    let has_user = word
        .split_once('@')
        .is_some_and(|(before, _)| before.contains(':'));
    has_user || word.to_ascii_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(words: &[&str]) -> impl Iterator<Item = String> {
        words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>()
            .into_iter()
    }

    #[test]
    fn what_may_be_a_secret_is_hidden_wherever_it_is_echoed() {
        let given = [
            "serve",
            "--url=postgres://a:geheim@h/x",
            "host=h password=geheim",
        ];
        let text = "unexpected argument '--url=postgres://a:geheim@h/x', 'host=h password=geheim'; \
                    serve";
        let hidden = hide(text, words(&given));
        assert!(!hidden.contains("geheim"), "{hidden}");
        assert!(hidden.ends_with("serve"));
        let value = hide("found 'postgres://a:geheim@h/x'", words(&given));
        assert_eq!(value, "found '(hidden)'");
        let path = "/srv/docket@1/docket.key";
        assert_eq!(hide(path, words(&[path])), path);
    }

    #[test]
    fn a_flag_is_refused_where_it_is_without_use() {
        let read = |line: &str| {
            let matches = Cli::command()
                .try_get_matches_from(line.split(' '))
                .unwrap();
            refuse_unused(&matches).map_err(|error| error.to_string())
        };
        assert_eq!(read("docket log head --database-url sqlite:x"), Ok(()));
        assert_eq!(read("docket --views v projections list"), Ok(()));
        let refused = read("docket log head --key-file k").unwrap_err();
        assert_eq!(
            refused,
            "`docket log head` does not use --key-file; leave it out"
        );
        assert!(read("docket openapi --config x").is_err());
        assert!(read("docket projections parked --keep-views 1").is_err());
        assert_eq!(
            read("docket projections parked retry --keep-views 1"),
            Ok(())
        );
    }

    #[test]
    fn a_variable_that_is_misspelt_is_refused() {
        let read = |name: &str| refuse_unknown(words(&[name]), &Cli::command());
        for fine in [
            "DOCKET_DATABASE_URL",
            "DOCKET_LISTEN",
            "DOCKET_LOG",
            "DOCKET_SERVICE_HOST",
            "DOCKET_PORT_8300_TCP_ADDR",
            "DOCKET_FAILPOINT",
            "HOME",
        ] {
            assert!(read(fine).is_ok(), "{fine}");
        }
        let refused = read("DOCKET_DATABSE_URL").unwrap_err().to_string();
        assert!(refused.contains("DOCKET_DATABASE_URL"), "{refused}");
    }
}
