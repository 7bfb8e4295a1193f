use super::Context;
use crate::exit::{Exit, Stop};
use crate::node::Node;
use crate::output::Output;
use crate::table::Table;
use crate::views;
use clap::{Args, Subcommand};
use docket_directory::Directory;
use docket_domain::vocabulary::Tab;
use docket_domain::{Kind, UnitId};
use docket_engine::Engine;
use docket_projection::{AsOf, NoPast, Past, Views};
use docket_worklist::Counts;
use docket_worklist_history::{Moved, WorklistHistory};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// How long a server may take to feed what is looked at, and how often it is asked.
const FED: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(50);

/// Look at the units' lists as they were
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docket worklist diff --from 1200 --to 1450\n  docket worklist diff --from 2026-03-02T09:00:00+08:00 --to 2026-03-03T09:00:00+08:00"
)]
pub struct Worklist {
    #[command(subcommand)]
    pub verb: WorklistVerb,
}

/// What to look at.
#[derive(Debug, Subcommand)]
pub enum WorklistVerb {
    /// What stands in another tab at one instant than at an earlier one, and how many at both
    #[command(after_help = "\
An instant is a position of the log, or a time: the list as of the newest event recorded by then.
What left a tab and came back in between has not moved. A server may be running.

Examples:
  docket worklist diff --from 1200 --to 1450
  docket worklist diff --from 2026-03-02T09:00:00+08:00 --to 2026-03-03T09:00:00+08:00
  docket worklist diff --from 1 --to 1450 --unit 019cb135-8280-735f-8013-8ec8411bbb7e --kind review
  docket worklist diff --from 1200 --to 1450 --json")]
    Diff(Diff),
}

/// Between which instants, and where.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier instant
    #[arg(long, value_name = "POSITION|TIME")]
    pub from: AsOf,
    /// The later instant
    #[arg(long, value_name = "POSITION|TIME")]
    pub to: AsOf,
    /// One unit, by its id [default: all]
    #[arg(long, value_name = "ID")]
    pub unit: Option<UnitId>,
    /// review, initial or confirmation [default: all]
    #[arg(long, value_parser = super::workflow::kind)]
    pub kind: Option<Kind>,
}

pub async fn run(args: &Worklist, context: &Context) -> anyhow::Result<Exit> {
    let WorklistVerb::Diff(args) = &args.verb;
    let settings = context.settings.resolve(None)?;
    let node = Node::look(&settings).await?;
    let views = views::look(&settings, &node.store).await?;
    let told = diff(args, &node, &views, context.output).await;
    views.close().await;
    node.close().await?;
    told.map(|()| Exit::Done)
}

async fn diff(args: &Diff, node: &Node, views: &Views, output: Output) -> anyhow::Result<()> {
    let from = past("--from", args.from, node, views).await?;
    let to = past("--to", args.to, node, views).await?;
    if from.position > to.position {
        return Err(Stop::usage(format_args!(
            "--from is position {}, behind --to, which is position {}",
            from.position, to.position
        )));
    }
    let needed = [docket_directory::NAME, docket_worklist_history::NAME];
    stand_at(views, &needed, to.position).await?;
    let directory = Directory::new(views.view(docket_directory::NAME)?);
    if let Some(unit) = args.unit
        && directory.unit_names(&[unit]).await?.is_empty()
    {
        return Err(Stop::usage(format_args!("there is no unit {unit}")));
    }
    let history = WorklistHistory::new(views.view(docket_worklist_history::NAME)?);
    let kinds = args.kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
    let found = history
        .diff(from.position, to.position, args.unit, &kinds)
        .await?;
    let mut units: Vec<UnitId> = found.moved.iter().map(|moved| moved.unit).collect();
    units.dedup();
    let units = directory.unit_names(&units).await?;
    if output.json {
        return output.value(&json!({
            "from": instant(from, &found.before),
            "to": instant(to, &found.after),
            "moved": found.moved.iter().map(|one| as_json(one, &units)).collect::<Vec<_>>(),
        }));
    }
    output.line(output.strong(format_args!(
        "自位置 {}（{}）至位置 {}（{}）",
        from.position, from.at, to.position, to.at
    )));
    match found.moved.is_empty() {
        true => output.line("没有变动"),
        false => output.table(&moves(&found.moved, &units, &node.engine)),
    }
    output.line("");
    output.table(&counted(&found.before, &found.after, &node.engine));
    Ok(())
}

/// Waits until a server has fed views up to a position: whoever looks feeds none.
async fn stand_at(views: &Views, needed: &[&str], position: u64) -> anyhow::Result<()> {
    let until = Instant::now() + FED;
    loop {
        let list = views.glance().await?;
        let behind = needed.iter().find_map(|name| {
            let found = list.iter().find(|info| info.name == **name);
            let seen = found.map(|info| info.checkpoint);
            (seen < Some(position)).then_some((*name, seen))
        });
        match behind {
            None => return Ok(()),
            Some((name, None)) => anyhow::bail!(
                "the read model {name} is not built yet; `docket serve` builds and feeds it"
            ),
            Some((name, Some(seen))) if Instant::now() >= until => anyhow::bail!(
                "the read model {name} stands at position {seen}, behind {position}: is a server \
                 running that feeds it? `docket projections status` says what it waits for"
            ),
            Some(_) => tokio::time::sleep(AGAIN).await,
        }
    }
}

async fn past(flag: &str, asked: AsOf, node: &Node, views: &Views) -> anyhow::Result<Past> {
    let found = views.past(asked, node.engine.clock().now()).await;
    found.map_err(|error| match error {
        NoPast::View(error) => error.into(),
        outside => Stop::usage(format_args!("{flag}: {outside}")),
    })
}

fn moves(moved: &[Moved], units: &BTreeMap<UnitId, String>, engine: &Engine) -> Table {
    let mut table = Table::new(["单位", "申报编号", "类别", "原在", "现在"]);
    for one in moved {
        let tab = |tab: Option<Tab>| tab.map(|tab| tab_label(engine, one.kind, tab));
        let kind = engine.newest_definition(one.kind);
        table.row([
            units.get(&one.unit).cloned().unwrap_or_default(),
            one.number.clone(),
            kind.map_or(one.kind.code(), |found| &found.label)
                .to_owned(),
            tab(one.before).unwrap_or_default(),
            tab(one.after).unwrap_or_default(),
        ]);
    }
    table
}

fn counted(before: &Counts, after: &Counts, engine: &Engine) -> Table {
    let mut table = Table::new(["标签", "原有", "现有", "变化"])
        .right(1)
        .right(2)
        .right(3);
    for ((tab, before), (_, after)) in before.iter().zip(after.iter()) {
        let change = after.cast_signed() - before.cast_signed();
        table.row([
            tab_label(engine, Kind::Review, tab),
            before.to_string(),
            after.to_string(),
            if change == 0 {
                String::new()
            } else {
                format!("{change:+}")
            },
        ]);
    }
    table
}

fn tab_label(engine: &Engine, kind: Kind, tab: Tab) -> String {
    let definition = engine.newest_definition(kind);
    definition
        .map_or(tab.code(), |definition| definition.tab_label(tab))
        .to_owned()
}

fn instant(past: Past, counts: &Counts) -> Value {
    let counts: Map<String, Value> = counts
        .iter()
        .map(|(tab, n)| (tab.code().to_owned(), n.into()))
        .collect();
    json!({ "position": past.position, "at": past.at, "counts": counts })
}

fn as_json(moved: &Moved, units: &BTreeMap<UnitId, String>) -> Value {
    json!({
        "unit_id": moved.unit,
        "unit": units.get(&moved.unit),
        "declaration_id": moved.declaration,
        "number": moved.number,
        "kind": moved.kind,
        "from": moved.before,
        "to": moved.after,
    })
}
