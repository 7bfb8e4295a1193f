use super::super::Context;
use crate::exit::{Exit, Stop};
use crate::node::Store;
use crate::settings::Settings;
use crate::standing::find;
use clap::Args;
use docket_domain::log::{Incarnation, Restored};
use docket_engine::Lost;
use serde_json::json;

/// Show what the log has lost that this node has seen, and accept it
#[derive(Debug, Args)]
#[command(after_help = "\
A log loses events when an older copy is put back, when its write-ahead log is removed, or when a
standby takes over that lacked the last commits. Nodes that have seen more then refuse to start, and
those that run answer 503 LOG_RESTORED. Put the newest copy back if there is one.

Without --lost-from it shows what is lost, from the head that this node remembers beside its key file
and from its read models, and changes nothing (exit 3). With it, it appends one LogRestored event, which
begins another incarnation of the log; nodes that run notice it within seconds and go on, and read
models that had seen more are built anew. What was lost is gone: its commands have to be given again.
Accepted once it holds for all nodes, and running it again changes nothing.

Examples:
  docket log accept-restored
  docket log accept-restored --lost-from 901
  docket log accept-restored --json")]
pub struct AcceptRestored {
    /// The first lost position, as shown without this: accept that the log goes on without it and
    /// what came after
    #[arg(long, value_name = "POSITION")]
    pub lost_from: Option<u64>,
}

pub async fn run(
    args: &AcceptRestored,
    settings: &Settings,
    context: &Context,
) -> anyhow::Result<Exit> {
    let store = Store::open_as_it_is(settings).await?;
    let standing = find(store.log().as_ref(), settings).await?;
    let exit = match (standing.lost, args.lost_from) {
        (None, _) => nothing(standing.restored, standing.incarnation, context)?,
        (Some(lost), None) => show(&lost, standing.incarnation, context)?,
        (Some(lost), Some(from)) if from != lost.lost_from() => {
            return Err(Stop::conflict(format!(
                "what is lost begins at position {}, not {from}\n{lost}",
                lost.lost_from()
            )));
        }
        (Some(lost), Some(_)) => accept(&store, &lost, context).await?,
    };
    store.backend.close().await?;
    Ok(exit)
}

fn nothing(
    restored: Option<Restored>,
    incarnation: Incarnation,
    context: &Context,
) -> anyhow::Result<Exit> {
    let Some(restored) = restored else {
        return Err(Stop::conflict(
            "nothing is lost: the log holds all that this node and its read models have seen",
        ));
    };
    print(false, &restored, incarnation, context)?;
    Ok(Exit::Done)
}

fn show(lost: &Lost, incarnation: Incarnation, context: &Context) -> anyhow::Result<Exit> {
    let from = lost.lost_from();
    if context.output.json {
        let witnesses = lost.witnesses.iter();
        let witnesses = witnesses
            .map(|witness| json!({ "name": witness.name, "position": witness.newest.position }));
        context.output.value(&json!({
            "accepted": false,
            "incarnation": incarnation,
            "lost_from": from,
            "ends": lost.ends,
            "seen": lost.known().newest.position,
            "witnesses": witnesses.collect::<Vec<_>>(),
        }))?;
    } else {
        context.output.line(format_args!(
            "{lost}\nto go on without what is lost: docket log accept-restored --lost-from {from}"
        ));
    }
    Ok(Exit::Different)
}

async fn accept(store: &Store, lost: &Lost, context: &Context) -> anyhow::Result<Exit> {
    let engine = store.bare_engine(store.clock().await?);
    let restored = engine.accept_restored(lost).await?;
    let (incarnation, _) = engine.restored().await?;
    print(true, &restored, incarnation, context)?;
    Ok(Exit::Done)
}

fn print(
    accepted: bool,
    restored: &Restored,
    incarnation: Incarnation,
    context: &Context,
) -> anyhow::Result<()> {
    let Restored {
        position,
        at,
        event,
    } = restored;
    if context.output.json {
        return context.output.value(&json!({
            "accepted": accepted,
            "incarnation": incarnation,
            "position": position,
            "at": at,
            "lost_from": event.lost_from,
            "known_head": event.known_head,
        }));
    }
    let (from, seen) = (event.lost_from, event.known_head.size);
    let before = if accepted {
        "accepted"
    } else {
        "nothing more is lost; accepted before"
    };
    context.output.line(format_args!(
        "{before}: what was seen from position {from} to {seen} is lost; the log goes on in \
         incarnation {incarnation}, as position {position} of {at} says"
    ));
    Ok(())
}
