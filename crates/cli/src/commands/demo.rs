use super::Context;
use crate::clock::{DEMO_START, DemoClock};
use crate::demo::{Cast, seed};
use crate::exit::Exit;
use crate::node::Store;
use crate::progress::Progress;
use crate::settings::Settings;
use clap::Args;
use docket_engine::Founding;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct Demo {
    #[arg(long)]
    data: PathBuf,
}

pub async fn run(args: &Demo, context: &Context) -> anyhow::Result<Exit> {
    let settings = Settings::in_folder(&args.data, None)?;
    let store = Store::open(&settings, context.output).await?;
    let clock = Arc::new(DemoClock::of_log(store.log().as_ref()).await?);
    clock.set(DEMO_START);
    let engine = store.engine(clock.clone(), &Founding { jurisdiction: settings.jurisdiction.clone(), demo: true }).await?;
    let started = tokio::time::Instant::now();
    let output = context.output;
    seed(&engine, &clock, &Cast::new(), &|total| Progress::new(output, "seed", total)).await?;
    context.output.line(format_args!("{:?} head {:?}", started.elapsed(), engine.log().head().await?));
    Ok(Exit::Done)
}
