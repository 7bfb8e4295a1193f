//! The operators' verbs about read models: looking in `show`, doing in `work`.

mod show;
mod work;

pub use work::{comparison, rebuild_with_progress};

use super::Context;
use crate::exit::{Exit, Stop};
use crate::node::Node;
use crate::output::Output;
use crate::views;
use clap::{Args, Subcommand, ValueEnum};
use docket_projection::{Gate, Pace, Rebuild, Views};
use std::num::{NonZeroU64, NonZeroUsize};

/// List, inspect, rebuild, verify and mend the read models
#[derive(Debug, Args)]
#[command(after_help = "\
A server may be running, on this machine or another: it answers all along and turns to what these
commands leave by itself. Nothing here writes to the log.

Examples:
  docket projections status
  docket projections plan worklist
  docket projections rebuild worklist --pace polite
  docket projections rollback worklist
  docket projections verify --all")]
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
    /// How far it has come, what is kept, parked and of another version, and the last reports
    #[command(after_help = "\
A read model whose tables or rows this version of Docket defines otherwise than the one before is
named as not built: the next start of a server builds it, beside that of the version before.

Examples:
  docket projections status
  docket projections status worklist --json")]
    Status {
        /// One of them [default: all]
        name: Option<String>,
    },
    /// What a rebuild would take: events, seconds to replay and to compare as last time, bytes on disk
    #[command(
        after_help = "Examples:\n  docket projections plan worklist\n  docket projections plan --all"
    )]
    Plan(Which),
    /// Build it anew from the log beside the one that answers, compare, and switch
    #[command(after_help = "\
The present generation answers until the new one is complete. Both are compared at one position of
the log, row for row. What was replaced is kept for a while; `rollback` lets it answer again.
Exit 3 when old and new differ.

Examples:
  docket projections rebuild worklist
  docket projections rebuild --all --pace polite
  docket projections rebuild worklist --gate report")]
    Rebuild {
        #[command(flatten)]
        which: Which,
        /// `strict` switches nothing when old and new differ; `report` switches and tells
        #[arg(long, value_enum, default_value_t = GateFlag::Strict)]
        gate: GateFlag,
        /// `polite` leaves the machine to those who work meanwhile
        #[arg(long, value_enum, default_value_t = PaceFlag::Full)]
        pace: PaceFlag,
        /// Groups of streams that are folded at the same time; a polite one folds one at a time
        /// [default: one for each core]
        #[arg(long, value_name = "N")]
        jobs: Option<NonZeroUsize>,
    },
    /// Let the generation that was replaced last answer again, once it has caught up
    #[command(after_help = "\
The present generation is kept in its place, so that a second rollback undoes the first. Kept is what
was replaced within --keep-views; after an update of Docket the version before has its own
generation: start that version instead. Exit 4 when nothing is kept.

Examples:
  docket projections rollback worklist")]
    Rollback {
        /// Its name
        name: String,
    },
    /// Compare its rows with what the log asks for
    #[command(after_help = "\
Names wrong rows by declaration and column, never what they hold. Exit 3 when there are any; `repair`
mends them.

Examples:
  docket projections verify worklist --sample 1000
  docket projections verify --all")]
    Verify {
        /// Its name [default: all read models]
        name: Option<String>,
        /// About so many streams, chosen at random
        #[arg(long, value_name = "N", conflicts_with = "all")]
        sample: Option<NonZeroU64>,
        /// Every row [the default]
        #[arg(long)]
        all: bool,
        /// Chooses the same sample again
        #[arg(long, value_name = "N", requires = "sample")]
        seed: Option<u64>,
    },
    /// Verify every row and write anew what is wrong
    #[command(after_help = "Examples:\n  docket projections repair worklist")]
    Repair {
        /// Its name [default: all read models]
        name: Option<String>,
    },
    /// Streams that wait because one of their events could not be applied
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "\
The rows of a parked stream stand as they were before that event and say so (behind_since); all
others go on. Retry once the cause is mended.

Examples:
  docket projections parked
  docket projections parked retry
  docket projections parked retry worklist --stream declaration/0198f5a0-…"
    )]
    Parked {
        /// Its name [default: all read models]
        name: Option<String>,
        #[command(subcommand)]
        verb: Option<ParkedVerb>,
    },
    /// Remove what is kept for a rollback, and what other versions left and nobody uses
    #[command(
        after_help = "Examples:\n  docket projections drop-old\n  docket projections drop-old worklist"
    )]
    DropOld {
        /// Its name [default: all read models]
        name: Option<String>,
    },
}

/// What to do with parked streams.
#[derive(Debug, Subcommand)]
pub enum ParkedVerb {
    /// Apply their events again; exit 3 when some are parked still
    #[command(
        after_help = "Examples:\n  docket projections parked retry\n  docket projections parked retry worklist"
    )]
    Retry {
        /// Its name [default: all read models]
        name: Option<String>,
        /// One stream, as `parked` shows it [default: all]
        #[arg(long, requires = "name")]
        stream: Option<String>,
    },
}

/// One read model or all.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Its name
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub name: Option<String>,
    /// All of them, in one pass over the log
    #[arg(long)]
    pub all: bool,
}

/// See [`Gate`].
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum GateFlag {
    /// Switch nothing when anything differs
    Strict,
    /// Switch and keep the report
    Report,
}

/// See [`Pace`].
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PaceFlag {
    /// As fast as it goes
    Full,
    /// With pauses, for a machine that serves
    Polite,
}

impl ProjectionVerb {
    /// The read model that is named, if one is.
    fn name(&self) -> Option<&str> {
        use ProjectionVerb as Verb;
        match self {
            Verb::List => None,
            Verb::Rollback { name } => Some(name),
            Verb::Plan(which) | Verb::Rebuild { which, .. } => which.name.as_deref(),
            Verb::Parked {
                verb: Some(ParkedVerb::Retry { name, .. }),
                ..
            }
            | Verb::Parked { name, .. }
            | Verb::Status { name }
            | Verb::Verify { name, .. }
            | Verb::Repair { name }
            | Verb::DropOld { name } => name.as_deref(),
        }
    }

    /// Whether it only looks at what is there: then nothing is made and nothing removed.
    fn looks(&self) -> bool {
        use ProjectionVerb as Verb;
        matches!(
            self,
            Verb::List | Verb::Status { .. } | Verb::Plan(_) | Verb::Parked { verb: None, .. }
        )
    }
}

pub async fn run(args: &Projections, context: &Context) -> anyhow::Result<Exit> {
    // A name that does not exist is told before anything is opened.
    let names = named(args.verb.name())?;
    let settings = context.settings.resolve(None)?;
    let looks = args.verb.looks();
    let node = match looks {
        true => Node::look(&settings).await?,
        false => Node::open_existing(&settings).await?,
    };
    let views = match &args.verb {
        _ if looks => views::look(&settings, &node.store).await?,
        // Opening removes what no process uses; it is to say what that is.
        ProjectionVerb::DropOld { .. } => views::attach_only(&settings, &node.store).await?,
        _ => views::open_up_to_date(&settings, &node.store, context.output).await?,
    };
    let exit = work_on(&views, &args.verb, &names, context.output).await;
    views.close().await;
    node.close().await?;
    exit
}

async fn work_on(
    views: &Views,
    verb: &ProjectionVerb,
    names: &[&'static str],
    output: Output,
) -> anyhow::Result<Exit> {
    use ProjectionVerb as Verb;
    match verb {
        Verb::List => show::list(views, output).await,
        Verb::Status { .. } => show::status(views, names, output).await,
        Verb::Plan(_) => show::plan(views, names, output).await,
        Verb::Parked { verb: None, .. } => show::parked(views, names, output).await,
        Verb::Parked {
            verb: Some(ParkedVerb::Retry { stream, .. }),
            ..
        } => work::retry(views, names, stream.as_deref(), output).await,
        Verb::Rebuild {
            gate, pace, jobs, ..
        } => work::rebuild(views, names, how(*gate, *pace, *jobs), output).await,
        Verb::Rollback { name } => work::roll_back(views, name, output).await,
        Verb::Verify { sample, seed, .. } => {
            work::verify(views, names, work::scope(*sample, *seed), output).await
        }
        Verb::Repair { .. } => work::repair(views, names, output).await,
        Verb::DropOld { .. } => work::drop_old(views, names, output).await,
    }
}

fn how(gate: GateFlag, pace: PaceFlag, jobs: Option<NonZeroUsize>) -> Rebuild {
    let usual = Rebuild::default();
    Rebuild {
        gate: match gate {
            GateFlag::Strict => Gate::Strict,
            GateFlag::Report => Gate::Report,
        },
        pace: match pace {
            PaceFlag::Full => Pace::Full,
            PaceFlag::Polite => Pace::Polite,
        },
        jobs: jobs.unwrap_or(usual.jobs),
    }
}

/// The read models that are meant, all unless one is named.
fn named(name: Option<&str>) -> anyhow::Result<Vec<&'static str>> {
    let all = views::names();
    let Some(name) = name else { return Ok(all) };
    let found = all.iter().copied().find(|known| *known == name);
    found.map(|name| vec![name]).ok_or_else(|| {
        Stop::usage(format_args!(
            "there is no read model `{name}`; there are {}",
            all.join(", ")
        ))
    })
}
