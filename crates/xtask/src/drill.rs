//! `cargo xtask drill`: kill -9 of servers under load, as often as asked. The drill itself is a
//! test of docket-cli, `tests/drill/cycles.rs`; this makes it long.

#![allow(clippy::print_stdout)] // a command line tool talks

use crate::stages::command;
use anyhow::{Context as _, bail};
use std::path::Path;

/// What to do, in the help of the program.
pub const USAGE: &str =
    "cargo xtask drill [--cycles 1000] [--engine sqlite|postgres|both] [--seed N]";

/// The tests of `tests/drill` that it runs.
const TESTS: &str = "nothing_is_lost_over_kills";

/// How long and on what.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    cycles: u32,
    engine: String,
    seed: Option<u64>,
}

impl Wanted {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut wanted = Self {
            cycles: 1_000,
            engine: "both".to_owned(),
            seed: None,
        };
        for pair in arguments.chunks(2) {
            let [flag, value] = pair else {
                bail!("{} needs a value: {USAGE}", pair[0]);
            };
            let number = || {
                let number = value.parse::<u64>();
                number.with_context(|| format!("{flag} {value}: no number"))
            };
            match (flag.as_str(), value.as_str()) {
                ("--cycles", _) => wanted.cycles = u32::try_from(number()?)?.max(1),
                ("--engine", "sqlite" | "postgres" | "both") => wanted.engine.clone_from(value),
                ("--seed", _) => wanted.seed = Some(number()?),
                _ => bail!("{flag} {value}: {USAGE}"),
            }
        }
        Ok(wanted)
    }
}

/// Runs it, and tells whether nothing was lost.
///
/// # Errors
/// When the arguments cannot be read, or cargo not be started.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<bool> {
    let wanted = Wanted::parse(arguments)?;
    let mut test = command(
        root,
        &[
            "test",
            "--quiet",
            "--package",
            "docket-cli",
            "--test",
            "drill",
        ],
    );
    test.args(["--", TESTS, "--nocapture", "--test-threads=1"])
        .env("DOCKET_DRILL_CYCLES", wanted.cycles.to_string())
        .env("DOCKET_DRILL_ENGINE", &wanted.engine);
    if let Some(seed) = wanted.seed {
        test.env("DOCKET_SEED", seed.to_string());
    }
    let passed = test.status()?.success();
    println!(
        "{}",
        if passed {
            "nothing lost, nothing doubled, no gap; read models equal a replay"
        } else {
            "the drill found a fault; the seed above repeats its choices"
        }
    );
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> anyhow::Result<Wanted> {
        let arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Wanted::parse(&arguments)
    }

    #[test]
    fn a_drill_is_a_thousand_cycles_on_both_engines_unless_told_otherwise() {
        let all = parsed("").expect("nothing need be said");
        assert_eq!(
            (all.cycles, all.engine.as_str(), all.seed),
            (1_000, "both", None)
        );
        let told = parsed("--cycles 40 --engine sqlite --seed 7").expect("all may be said");
        assert_eq!(
            (told.cycles, told.engine.as_str(), told.seed),
            (40, "sqlite", Some(7))
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for wrong in ["--cycles", "--cycles many", "--engine mysql", "--speed 3"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
