use super::Context;
use crate::exit::Exit;
use crate::history::{self, History, Masks, Turn};
use crate::node::Node;
use crate::output::Output;
use crate::table::Table;
use clap::Args;
use docket_domain::{DeclarationId, Stream};
use docket_engine::Engine;
use docket_store::AuditEntry;

/// Show a declaration's history, event by event
#[derive(Debug, Args)]
#[command(after_help = "\
States are folded from the events anew; no read model is used. Deadlines and names of units are
those of each event's moment. Names are masked, and reasons, opinions, contacts and addresses are
withheld, unless --unmasked is given, which the security audit notes first.
Exit code 3: a saved text is gone though no event erased or replaced it.

Examples:
  docket replay 20260303QJWR
  docket replay 019cb135-8280-735f-8013-8ec8411bbb7e --to 4
  docket replay 20260303QJWR --unmasked
  docket replay 20260303QJWR --json")]
pub struct Replay {
    /// Its id or its 申报编号
    pub declaration: String,
    /// Stop behind this version
    #[arg(long, value_name = "N")]
    pub to: Option<u64>,
    /// Show names, reasons, opinions, contacts and addresses as they are
    #[arg(long)]
    pub unmasked: bool,
}

pub async fn run(args: &Replay, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::look(&settings).await?;
    let id = history::find(&node.engine, &args.declaration).await?;
    let masks = if args.unmasked { Masks::Off } else { Masks::On };
    let history = History::read(&node.engine, id, args.to, masks).await?;
    if args.unmasked {
        note_in_audit(&node.engine, id).await?;
    }
    if context.output.json {
        context.output.value(&history)?;
    } else {
        print(&history, context.output);
    }
    node.close().await?;
    let missing = history.missing();
    if missing.is_empty() {
        return Ok(Exit::Done);
    }
    context.output.note(format_args!(
        "the texts saved by the events of version {missing:?} are gone or changed, and no event says why; \
         run `docket log verify`"
    ));
    Ok(Exit::Different)
}

/// Before anything is shown: what cannot be noted is not shown.
async fn note_in_audit(engine: &Engine, id: DeclarationId) -> anyhow::Result<()> {
    let entry = AuditEntry {
        at: engine.clock().now().micros(),
        actor: None,
        unit: None,
        action: "replay_unmasked".to_owned(),
        subject: Some(Stream::declaration(id).to_string()),
        result: "done".to_owned(),
        code: None,
        correlation: None,
    };
    Ok(engine.audit(vec![entry]).await?)
}

/// Prints a history: all of it as a table, then one paragraph per event.
pub fn print(history: &History, output: Output) {
    heading(history, output);
    output.line("");
    output.table(&table(history));
    for turn in &history.turns {
        paragraph(turn, output);
        circumstances(turn, output);
    }
}

/// Prints one paragraph per event, without its circumstances.
pub fn print_steps(history: &History, output: Output) {
    heading(history, output);
    for turn in &history.turns {
        paragraph(turn, output);
    }
}

fn heading(history: &History, output: Output) {
    output.line(output.strong(format_args!(
        "申报编号 {}  {}",
        history.number, history.declaration_id
    )));
}

fn table(history: &History) -> Table {
    let mut table = Table::new([
        "版本",
        "时间",
        "事件",
        "经办",
        "去向",
        "之后",
        "办理截止时间",
    ])
    .right(0);
    for turn in &history.turns {
        let target = turn.said.target.clone().or(turn.said.section.clone());
        table.row([
            turn.version.to_string(),
            turn.at.to_string(),
            turn.label.to_owned(),
            turn.who.clone(),
            target.unwrap_or_default(),
            turn.after.clone(),
            turn.deadline.map(|at| at.to_string()).unwrap_or_default(),
        ]);
    }
    table
}

fn paragraph(turn: &Turn, output: Output) {
    output.line("");
    output.line(format_args!(
        "{}  {}  {}",
        output.title(format_args!("#{} {}", turn.version, turn.label)),
        turn.at,
        turn.who
    ));
    output.line(output.faint(format_args!(
        "    {} · 日志位置 {} · 命令 {} · 规则 {}",
        turn.event, turn.position, turn.command.name, turn.rules
    )));
    if turn.before == turn.after {
        output.line(format_args!("    {}", turn.after));
    } else {
        output.line(format_args!("    {} → {}", turn.before, turn.after));
    }
    for (label, value) in turn.sentences() {
        output.line(format_args!("    {label}：{value}"));
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

/// What a court asks of an event beside what happened.
fn circumstances(turn: &Turn, output: Output) {
    let line = |name: &str, value: String| {
        output.line(output.faint(format_args!("    {name}：{value}")));
    };
    if let Some(deadline) = turn.deadline {
        line("当时的办理截止时间", deadline.to_string());
    }
    line("命令编号", turn.command.id.to_string());
    if let Some(correlation) = &turn.correlation {
        line("请求编号", correlation.clone());
    }
    if let Some(position) = turn.causation {
        line("由日志位置引起", position.to_string());
    }
    if let Some(definition) = &turn.definition {
        let kind = definition.kind.code();
        let value = format!("{kind} {} {}", definition.version, definition.hash);
        line("流程定义", value);
    }
    if let Some(person) = turn.author.person {
        line("经办账号", person.to_string());
    }
    if let Some(person) = turn.author.on_behalf_of {
        line("代何人办理", person.to_string());
    }
    if let Some(client) = &turn.client {
        line("来自", client.clone());
    }
}
