use super::Context;
use crate::exit::Exit;
use clap::Args;

/// Print the OpenAPI document
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  docket openapi > openapi.json")]
pub struct Openapi {}

pub fn run(_: &Openapi, context: &Context) -> anyhow::Result<Exit> {
    context.output.json(docket_http::openapi_json().trim_end());
    Ok(Exit::Done)
}
