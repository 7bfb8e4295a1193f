use super::Context;
use crate::exit::Exit;
use clap::Args;

#[derive(Debug, Args)]
pub struct Doctor {}

pub async fn run(_: &Doctor, _: &Context) -> anyhow::Result<Exit> { Ok(Exit::Done) }
