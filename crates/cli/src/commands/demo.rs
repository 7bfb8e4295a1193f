use super::Context;
use crate::exit::Exit;
use clap::Args;

#[derive(Debug, Args)]
pub struct Demo {}

pub async fn run(_: &Demo, _: &Context) -> anyhow::Result<Exit> { Ok(Exit::Done) }
