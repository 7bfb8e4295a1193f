use super::Context;
use crate::exit::Exit;
use crate::history::{self, History};
use crate::node::Node;
use crate::output::Output;
use clap::Args;

/// Show a declaration's history, event by event
#[derive(Debug, Args)]
#[command(after_help = "\
Names are masked. States are folded from the events anew; no read model is used.

Examples:
  docket replay 20260303QJWR
  docket replay 019cb135-8280-735f-8013-8ec8411bbb7e --to 4
  docket replay 20260303QJWR --json")]
pub struct Replay {
    /// Its id or its 申报编号
    pub declaration: String,
    /// Stop behind this version
    #[arg(long, value_name = "N")]
    pub to: Option<u64>,
}

pub async fn run(args: &Replay, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::open_existing(&settings).await?;
    let id = history::find(&node.engine, &args.declaration).await?;
    let history = History::read(&node.engine, id, args.to).await?;
    if context.output.json {
        context.output.value(&history)?;
    } else {
        print(&history, context.output);
    }
    node.close().await?;
    Ok(Exit::Done)
}

/// Prints a history, one paragraph per event.
pub fn print(history: &History, output: Output) {
    output.line(output.strong(format_args!(
        "申报编号 {}  {}",
        history.number, history.declaration_id
    )));
    for turn in &history.turns {
        output.line("");
        output.line(format_args!(
            "{}  {}  {}",
            output.title(format_args!("#{} {}", turn.version, turn.label)),
            turn.at,
            turn.who
        ));
        output.line(output.faint(format_args!(
            "    {} · 日志位置 {} · 命令 {} · 规则 {}",
            turn.event, turn.position, turn.command, turn.rules
        )));
        if turn.before == turn.after {
            output.line(format_args!("    {}", turn.after));
        } else {
            output.line(format_args!("    {} → {}", turn.before, turn.after));
        }
        for change in &turn.changes {
            match (change.before.as_str(), change.after.as_str()) {
                ("", after) => output.line(format_args!("    + {}：{after}", change.what)),
                (before, "") => output.line(format_args!("    - {}：{before}", change.what)),
                (before, after) => {
                    output.line(format_args!("    ~ {}：{before} → {after}", change.what))
                }
            }
        }
    }
}
