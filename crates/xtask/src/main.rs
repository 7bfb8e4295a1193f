//! `cargo xtask VERB`.

#![allow(clippy::print_stdout)] // a command line tool talks

use std::process::ExitCode;
use xtask::{drill, regen, root, stages, tidy};

const HELP: &str = "\
cargo xtask test     everything a change must pass: format, tidy, lints, database, tests
cargo xtask tidy     what no compiler holds: edges, lengths, layout, links, words
cargo xtask regen    rewrites the files that are made from code, and says which changed
cargo xtask drill    kill -9 of servers under load [--cycles 1000] [--engine sqlite|postgres|both] [--seed N]
";

fn main() -> anyhow::Result<ExitCode> {
    let verb = std::env::args().nth(1);
    let passed = match verb.as_deref() {
        Some("test") => stages::run(&root())?,
        Some("tidy") => tidy::run(&root())?,
        Some("regen") => regen::run(&root())?,
        Some("drill") => drill::run(&root(), &std::env::args().skip(2).collect::<Vec<_>>())?,
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            true
        }
        _ => {
            print!("{HELP}");
            return Ok(ExitCode::from(2));
        }
    };
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
