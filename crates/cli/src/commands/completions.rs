use super::Context;
use crate::args::Cli;
use crate::exit::Exit;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::io::Write as _;

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docket completions bash > ~/.local/share/bash-completion/completions/docket"
)]
pub struct Completions {
    /// Which shell
    pub shell: Shell,
}

pub fn run(args: &Completions, context: &Context) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "docket", &mut script);
    if context.output.json {
        context.output.value(&serde_json::json!({ "shell": args.shell.to_string(), "script": String::from_utf8(script)? }))?;
    } else {
        let _ = std::io::stdout().write_all(&script);
    }
    Ok(Exit::Done)
}
