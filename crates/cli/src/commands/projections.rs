use super::Context;
use crate::exit::Exit;
use clap::Args;

#[derive(Debug, Args)]
pub struct Projections {}

pub async fn run(_: &Projections, _: &Context) -> anyhow::Result<Exit> { Ok(Exit::Done) }
