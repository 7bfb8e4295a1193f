//! The peers that Docket's benches stand beside, measured by the same clock on the same server:
//! cqrs-es 0.5 on postgres-es 0.5, the same four commands of a declaration's life, with and without
//! a view.
//!
//! `docket-peers URL DECLARATIONS` needs an empty database and prints one line of JSON:
//! `[{"view":false,"callers":64,"pool":10,"commands":…,"seconds":…,"row_bytes":…}, …]`.
//! `docket-peers URL replay EVENTS` lets `QueryReplay` fill a view: `{"events":…,"seconds":…}`.
//!
//! It has a workspace of its own, so that peers never slow Docket's build. It must never help
//! Docket: every choice here is the peer's own default, or the one that makes the peer faster.
#![allow(clippy::disallowed_methods)] // a program that measures time

mod aggregate;
mod database;
mod life;
mod replay;
mod view;

use anyhow::{Result, bail};
use serde::Serialize;

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One measured run.
#[derive(Serialize)]
struct Figure {
    view: bool,
    callers: usize,
    pool: u32,
    commands: usize,
    seconds: f64,
    /// Mean length of payload and metadata of the rows that the commands wrote.
    row_bytes: f64,
}

/// The pool that postgres-es opens by itself, and one that suits many callers better.
const POOLS: [u32; 2] = [10, 32];
const CALLERS: [usize; 2] = [64, 256];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [url, "replay", events] => {
            database::lay_out(url).await?;
            let replayed = replay::run(url, events.parse()?).await?;
            println!("{}", serde_json::to_string(&replayed)?);
            Ok(())
        }
        [url, declarations] => append(url, declarations.parse()?).await,
        _ => bail!("docket-peers URL DECLARATIONS, or docket-peers URL replay EVENTS"),
    }
}

async fn append(url: &str, declarations: usize) -> Result<()> {
    database::lay_out(url).await?;
    let mut figures = Vec::new();
    for view in [false, true] {
        for callers in CALLERS {
            for pool in POOLS {
                figures.push(life::run(url, view, callers, pool, declarations).await?);
            }
        }
    }
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
