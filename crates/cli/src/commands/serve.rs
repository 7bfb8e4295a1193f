use super::Context;
use crate::exit::Exit;
use clap::Args;

#[derive(Debug, Args)]
pub struct Serve {}

pub async fn run(_: &Serve, _: &Context) -> anyhow::Result<Exit> { Ok(Exit::Done) }
