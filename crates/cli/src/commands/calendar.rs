use super::Context;
use crate::exit::Exit;
use crate::node::Node;
use crate::table::Table;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use docket_codec::{Entropy as _, OsEntropy};
use docket_domain::administration::AdminCommand;
use docket_domain::calendar::{CalendarYear, DayKind, parse_csv};
use docket_domain::{Actor, Command, State, Stream};
use docket_engine::Order;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Load and show the holiday calendar
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  docket calendar load 2027.csv\n  docket calendar show 2026")]
pub struct Calendar {
    #[command(subcommand)]
    pub verb: CalendarVerb,
}

/// What to do with the calendar.
#[derive(Debug, Subcommand)]
pub enum CalendarVerb {
    /// Load years from lines of `date,kind`; a year already there is replaced as a whole
    #[command(after_help = "\
A line is `date,kind`: `off` for a day off that is no weekend, `work` for a make-up workday. Lines
that begin with # are skipped. A server may be running; it sees the year with its next command.

Examples:
  docket calendar load 2027.csv
  printf '2027-01-01,off\\n' | docket calendar load - --confirm")]
    Load {
        /// The file, or - for standard input
        file: PathBuf,
        /// Load a year with fewer than five days off, which is rather a mistake
        #[arg(long)]
        confirm: bool,
    },
    /// Show the days of a year that differ from the week
    #[command(
        after_help = "Examples:\n  docket calendar show 2026\n  docket calendar show 2026 --json"
    )]
    Show {
        /// The year
        year: i32,
    },
}

pub async fn run(args: &Calendar, context: &Context) -> anyhow::Result<Exit> {
    match &args.verb {
        CalendarVerb::Load { file, confirm } => load(file, *confirm, context).await,
        CalendarVerb::Show { year } => show(*year, context).await,
    }
}

async fn load(file: &Path, confirmed: bool, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::open_existing(&settings).await?;
    let text = read(file)?;
    let years = parse_csv(&text).with_context(|| file.display().to_string())?;
    let mut loaded = Vec::new();
    for year in years {
        let (number, days) = (year.year(), year.days().len());
        let command = Command::Administration(AdminCommand::LoadCalendarYear { year, confirmed });
        let id = OsEntropy.uuid(node.engine.clock().now());
        let accepted = node
            .engine
            .execute(Order::new(Actor::SYSTEM, command, id))
            .await
            .with_context(|| {
                format!(
                    "{number} was not loaded; if it is right that a year has fewer than 5 days off, \
                     say so with --confirm"
                )
            })?;
        loaded.push((number, days, !accepted.events.is_empty(), accepted.position));
    }
    if context.output.json {
        let years: Vec<_> = loaded.iter().map(|(year, days, changed, position)| json!({ "year": year, "days": days, "changed": changed, "position": position })).collect();
        context.output.value(&json!({ "years": years }))?;
    } else {
        for (year, days, changed, _) in loaded {
            context.output.line(format_args!(
                "{year}: {days} days, {}",
                if changed {
                    "loaded"
                } else {
                    "the same as before"
                }
            ));
        }
    }
    node.close().await?;
    Ok(Exit::Done)
}

fn read(file: &Path) -> anyhow::Result<String> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(file)
    };
    text.with_context(|| file.display().to_string())
}

async fn show(year: i32, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::look(&settings).await?;
    let seen = node.engine.state(&Stream::calendar()).await?;
    let State::Calendar(calendar) = seen.state.as_ref() else {
        anyhow::bail!("the calendar cannot be read")
    };
    let Some(found) = calendar.holidays.year(year) else {
        let years: Vec<String> = calendar
            .holidays
            .years()
            .map(|year| year.to_string())
            .collect();
        anyhow::bail!(
            "the calendar has no data for {year}, only for {}; `docket calendar load` adds a year",
            years.join(", ")
        );
    };
    print(&found, context)?;
    node.close().await?;
    Ok(Exit::Done)
}

fn print(year: &CalendarYear, context: &Context) -> anyhow::Result<()> {
    if context.output.json {
        return context.output.value(year);
    }
    let mut table = Table::new(["日期", "安排"]);
    for (day, kind) in year.days() {
        let kind = match kind {
            DayKind::Off => "放假",
            DayKind::Work => "调休上班",
        };
        table.row([day.to_string(), kind.to_owned()]);
    }
    context.output.table(&table);
    Ok(())
}
