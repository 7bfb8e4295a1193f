use super::Context;
use crate::exit::{Exit, Stop};
use crate::node::Node;
use crate::output::Output;
use crate::progress::Progress;
use crate::table::Table;
use crate::views;
use clap::{Args, Subcommand};
use docket_projection::{Gate, Info, Parked, Rebuilt, TableSum, ViewError, Views};
use serde_json::json;

/// List, inspect and rebuild the read models
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docket projections list\n  docket projections rebuild worklist"
)]
pub struct Projections {
    #[command(subcommand)]
    pub verb: ProjectionVerb,
}

/// What to do with the read models.
#[derive(Debug, Subcommand)]
pub enum ProjectionVerb {
    /// Every read model: generation, rows, how far it has come
    #[command(
        after_help = "Examples:\n  docket projections list\n  docket projections list --json"
    )]
    List,
    /// Tables with rows and checksums, and what is parked
    #[command(
        after_help = "Examples:\n  docket projections status\n  docket projections status worklist --json"
    )]
    Status {
        /// One of them [default: all]
        name: Option<String>,
    },
    /// Build it anew from the log beside the one that answers, compare, and switch
    #[command(after_help = "\
A server may be running: the present generation answers until the new one is complete, and the
server turns to it by itself. Exit 3 when old and new differ; nothing is switched then, unless
--accept-differences says that the difference is wanted.

Examples:
  docket projections rebuild worklist
  docket projections rebuild --all
  docket projections rebuild worklist --accept-differences")]
    Rebuild {
        /// Its name
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<String>,
        /// All of them, in one pass over the log
        #[arg(long)]
        all: bool,
        /// Switch even if old and new differ
        #[arg(long)]
        accept_differences: bool,
    },
}

pub async fn run(args: &Projections, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::open_existing(&settings).await?;
    let views = views::open(&settings.views, &node.store, context.output).await?;
    views.catch_up().await?;
    let exit = match &args.verb {
        ProjectionVerb::List => list(&views, context.output).await,
        ProjectionVerb::Status { name } => {
            let names = name
                .as_deref()
                .map_or_else(|| views.names(), |name| vec![name]);
            status(&views, &names, context.output).await
        }
        ProjectionVerb::Rebuild {
            name,
            accept_differences,
            ..
        } => {
            let names = name
                .as_deref()
                .map_or_else(|| views.names(), |name| vec![name]);
            let gate = if *accept_differences {
                Gate::Report
            } else {
                Gate::Strict
            };
            rebuild(&views, &names, gate, context.output).await
        }
    };
    views.close().await;
    node.close().await?;
    exit
}

async fn list(views: &Views, output: Output) -> anyhow::Result<Exit> {
    let list = views.list().await?;
    if output.json {
        output.value(&json!({ "projections": list }))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["名称", "代", "行数", "位置", "落后", "搁置", "指纹"])
        .right(1)
        .right(2)
        .right(3)
        .right(4)
        .right(5);
    for info in list {
        let fingerprint: String = info.fingerprint.chars().take(12).collect();
        let number = |number: u64| number.to_string();
        table.row([
            info.name,
            info.generation.to_string(),
            number(info.rows),
            number(info.checkpoint),
            number(info.lag),
            number(info.parked),
            fingerprint,
        ]);
    }
    output.line(table.render());
    Ok(Exit::Done)
}

async fn status(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let list = views.list().await?;
    let mut reports = Vec::new();
    for name in names {
        let info = list.iter().find(|info| info.name == **name);
        let info = info.ok_or_else(|| unknown(views, name))?;
        let (sums, parked) = (views.sums(name).await?, views.parked(name).await?);
        if !output.json {
            print_status(info, &sums, &parked, output);
            continue;
        }
        let parked: Vec<_> = parked
            .iter()
            .map(|one| json!({ "stream": one.stream, "version": one.version, "position": one.position, "since": one.since, "error": one.error }))
            .collect();
        reports.push(json!({ "projection": info, "tables": sums, "parked": parked }));
    }
    if output.json {
        output.value(&json!({ "projections": reports }))?;
    }
    Ok(Exit::Done)
}

fn print_status(info: &Info, sums: &[TableSum], parked: &[Parked], output: Output) {
    let Info {
        name,
        generation,
        checkpoint,
        lag,
        container,
        ..
    } = info;
    output.line(output.strong(format_args!(
        "{name} 第 {generation} 代，位置 {checkpoint}（落后 {lag}），{container}"
    )));
    output.line(format_args!("指纹 {}", info.fingerprint));
    let mut table = Table::new(["表", "行数", "校验和"]).right(1);
    for sum in sums {
        table.row([
            sum.table.clone(),
            sum.rows.to_string(),
            sum.checksum.clone(),
        ]);
    }
    output.line(table.render());
    for one in parked {
        output.line(format_args!(
            "搁置 {} 版本 {}（位置 {}，自 {}）：{}",
            one.stream, one.version, one.position, one.since, one.error
        ));
    }
    output.line("");
}

async fn rebuild(
    views: &Views,
    names: &[&str],
    gate: Gate,
    output: Output,
) -> anyhow::Result<Exit> {
    if let Some(name) = names.iter().find(|name| !views.names().contains(name)) {
        return Err(unknown(views, name));
    }
    let plan = views.plan(names).await?;
    output.note(format_args!(
        "{} events, about {} s at {} events/s",
        plan.events, plan.eta_seconds, plan.rate
    ));
    let rebuilt = match rebuild_with_progress(views, names, gate, output).await {
        Err(ViewError::Different(differences)) => {
            return Err(Stop::different(format_args!(
                "nothing was switched: {}",
                differences.join("; ")
            )));
        }
        rebuilt => rebuilt?,
    };
    if output.json {
        output.value(&json!({ "rebuilt": rebuilt }))?;
    } else {
        output.line(comparison(&rebuilt).render());
    }
    let different = rebuilt.iter().any(|view| !view.differences.is_empty());
    Ok(if different {
        Exit::Different
    } else {
        Exit::Done
    })
}

/// Rebuilds views while a bar shows how far it has come.
///
/// # Errors
/// As [`Views::rebuild`].
pub async fn rebuild_with_progress(
    views: &Views,
    names: &[&str],
    gate: Gate,
    output: Output,
) -> Result<Vec<Rebuilt>, ViewError> {
    let total = views.plan(names).await?.events;
    let bar = Progress::new(output, "rebuild", total, "events");
    let rebuilt = views
        .rebuild(names, gate, &|progress| bar.at(progress.done))
        .await;
    bar.finish();
    rebuilt
}

/// Old and new, table by table.
pub fn comparison(rebuilt: &[Rebuilt]) -> Table {
    let mut table = Table::new([
        "读模型",
        "表",
        "行数（前）",
        "行数（后）",
        "校验和（前）",
        "校验和（后）",
        "一致",
    ])
    .right(2)
    .right(3);
    for view in rebuilt {
        for (old, new) in view.old.iter().zip(&view.new) {
            let short = |checksum: &str| checksum.chars().take(16).collect::<String>();
            let same = if old == new { "是" } else { "否" };
            table.row([
                view.name.clone(),
                old.table.clone(),
                old.rows.to_string(),
                new.rows.to_string(),
                short(&old.checksum),
                short(&new.checksum),
                same.to_owned(),
            ]);
        }
    }
    table
}

fn unknown(views: &Views, name: &str) -> anyhow::Error {
    Stop::usage(format_args!(
        "there is no read model `{name}`; there are {}",
        views.names().join(", ")
    ))
}
