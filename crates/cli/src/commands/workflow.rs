use super::Context;
use crate::exit::Exit;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use docket_domain::Kind;
use docket_domain::workflow::{Definition, DefinitionErrors};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Check and draw workflow definitions
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docket workflow check schemas/workflows/review.v1.toml\n  docket workflow show review"
)]
pub struct Workflow {
    #[command(subcommand)]
    pub verb: WorkflowVerb,
}

/// What to do with a definition.
#[derive(Debug, Subcommand)]
pub enum WorkflowVerb {
    /// Check a kind's file, laid over the shared steps; every problem is listed with its path
    #[command(
        after_help = "Examples:\n  docket workflow check schemas/workflows/review.v1.toml\n  docket workflow check my-review.toml --steps my-steps.toml"
    )]
    Check {
        /// The kind's file
        file: PathBuf,
        /// What the kinds share [default: the steps this version ships with]
        #[arg(long, value_name = "FILE")]
        steps: Option<PathBuf>,
    },
    /// Draw a kind as a Mermaid state diagram
    #[command(
        after_help = "Examples:\n  docket workflow show review\n  docket workflow show initial > initial.mmd"
    )]
    Show {
        /// review, initial or confirmation
        #[arg(value_parser = kind)]
        kind: Kind,
    },
}

/// Reads a kind's code.
///
/// # Errors
/// The codes there are.
pub fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| "write review, initial or confirmation".to_owned())
}

pub fn run(args: &Workflow, context: &Context) -> anyhow::Result<Exit> {
    match &args.verb {
        WorkflowVerb::Check { file, steps } => check(file, steps.as_deref(), context),
        WorkflowVerb::Show { kind } => show(*kind, context),
    }
}

fn check(file: &Path, steps: Option<&Path>, context: &Context) -> anyhow::Result<Exit> {
    let text = read(file)?;
    let shared = steps.map(read).transpose()?;
    let output = context.output;
    match Definition::load(
        shared.as_deref().unwrap_or(Definition::builtin_steps()),
        &text,
    ) {
        Ok(definition) if output.json => {
            let (kind, version, hash) = (definition.kind, definition.version, definition.hash());
            output.value(&json!({ "valid": true, "kind": kind, "version": version, "hash": hash, "problems": [] }))?;
            Ok(Exit::Done)
        }
        Ok(definition) => {
            let count =
                definition.transitions().count() + definition.applicant_transitions().count();
            output.line(format_args!(
                "{} {} v{}: {count} transitions, {} sections, no problem",
                file.display(),
                definition.label,
                definition.version,
                definition.sections.len()
            ));
            output.line(format_args!("hash {}", definition.hash()));
            Ok(Exit::Done)
        }
        Err(errors) => problems(file, &errors, context),
    }
}

fn problems(file: &Path, errors: &DefinitionErrors, context: &Context) -> anyhow::Result<Exit> {
    if context.output.json {
        let list: Vec<_> = errors
            .0
            .iter()
            .map(|problem| json!({ "path": problem.path, "message": problem.message }))
            .collect();
        context
            .output
            .value(&json!({ "valid": false, "problems": list }))?;
    } else {
        for problem in &errors.0 {
            context
                .output
                .line(format_args!("{}: {problem}", file.display()));
        }
    }
    Ok(Exit::Failed)
}

fn show(kind: Kind, context: &Context) -> anyhow::Result<Exit> {
    let definition = Definition::builtin()
        .into_iter()
        .find(|definition| definition.kind == kind)
        .expect("every kind has a definition");
    if context.output.json {
        context.output.value(&json!({ "kind": kind, "version": definition.version, "hash": definition.hash(), "mermaid": definition.mermaid() }))?;
    } else {
        context.output.lines(definition.mermaid().trim_end());
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}
