//! `cargo xtask test`: the stages, cheapest first, each with its time; the first failure ends it.

#![allow(clippy::print_stdout)] // a command line tool talks
#![allow(clippy::disallowed_methods)] // how long a stage took is the machine's own time

use crate::{database, tidy};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

struct Stage {
    name: &'static str,
    work: Work,
    /// What to do when it fails.
    remedy: &'static str,
}

enum Work {
    /// Runs cargo with these arguments.
    Cargo(&'static [&'static str]),
    /// Does something of this very program at the root, and tells whether it passed.
    Own(fn(&Path) -> anyhow::Result<bool>),
}

/// Lints stand before tests because they fail sooner; both share build scripts and their results.
const STAGES: &[Stage] = &[
    Stage {
        name: "format",
        work: Work::Cargo(&["fmt", "--all", "--", "--check"]),
        remedy: "run `cargo fmt --all`; if there is no such command, `rustup component add rustfmt`",
    },
    Stage {
        name: "tidy",
        work: Work::Own(tidy::run),
        remedy: "each line above says what to do; `cargo xtask tidy` asks again",
    },
    Stage {
        name: "lints",
        work: Work::Cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
        remedy: "mend what is named above, or allow it there with the reason; if there is no such command, \
                 `rustup component add clippy`",
    },
    Stage {
        name: "database",
        work: Work::Own(|_| database::provide()),
        remedy: "the tests start a PostgreSQL of their own and leave nothing out; install what is named above",
    },
    Stage {
        name: "tests",
        work: Work::Cargo(&["test", "--workspace"]),
        remedy: "one test alone: `cargo test -p CRATE NAME`; if a generated file is stale: `cargo xtask regen`",
    },
];

/// Runs all stages and tells whether all passed.
///
/// # Errors
/// When a stage cannot be started at all.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let mut times = Vec::new();
    for stage in STAGES {
        println!("== {}", stage.name);
        let began = Instant::now();
        let passed = match stage.work {
            Work::Cargo(arguments) => cargo(root, arguments)?,
            Work::Own(work) => work(root)?,
        };
        times.push((stage.name, began.elapsed()));
        if !passed {
            println!("{}\n{} failed: {}", table(&times), stage.name, stage.remedy);
            return Ok(false);
        }
    }
    println!("{}\nall passed", table(&times));
    Ok(true)
}

/// Runs cargo and tells whether it succeeded.
fn cargo(root: &Path, arguments: &[&str]) -> anyhow::Result<bool> {
    Ok(command(root, arguments).status()?.success())
}

/// A cargo command at the root. In continuous integration nothing is built twice, so incremental
/// files would only cost.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root);
    if std::env::var_os("CI").is_some() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

fn table(times: &[(&str, Duration)]) -> String {
    let rows = times
        .iter()
        .map(|(name, time)| format!("{name:<8}{:>7.1} s", time.as_secs_f64()));
    rows.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_time_in_the_table() {
        let times = [
            ("format", Duration::from_millis(1_240)),
            ("tests", Duration::from_secs(100)),
        ];
        assert_eq!(table(&times), "format      1.2 s\ntests     100.0 s");
    }

    #[test]
    fn the_tests_of_every_member_run_whatever_the_default_members_are() {
        for name in ["lints", "tests"] {
            let stage = STAGES
                .iter()
                .find(|stage| stage.name == name)
                .expect("the stage is there");
            let whole =
                matches!(stage.work, Work::Cargo(arguments) if arguments.contains(&"--workspace"));
            assert!(whole, "{name}");
        }
    }
}
