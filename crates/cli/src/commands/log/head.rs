use super::super::Context;
use crate::backend::Backend;
use crate::progress::Progress;
use docket_engine::{Memory, log_state};
use docket_store::read_proven;
use serde_json::json;

/// Events hashed at once.
const PAGE: usize = 1_024;

/// Hashes the whole log and prints its head.
pub async fn run(backend: &Backend, context: &Context) -> anyhow::Result<()> {
    let log = backend.log();
    let newest = log.head().await?;
    let state = log_state(log.as_ref()).await?;
    let mut seen = Memory::new(log.id(), state.incarnation());
    let progress = Progress::new(context.output, "hashing", newest.position, "events");
    while seen.size() < newest.position {
        let rest = usize::try_from(newest.position - seen.size()).unwrap_or(usize::MAX);
        let events = read_proven(log.as_ref(), seen.size(), rest.min(PAGE)).await?;
        anyhow::ensure!(
            !events.is_empty(),
            "position {} is missing",
            seen.size() + 1
        );
        events.iter().for_each(|event| seen.push(event));
        progress.at(seen.size());
    }
    progress.finish();
    let (size, root, at) = (seen.size(), hex::encode(seen.root()), seen.at());
    let (id, incarnation, level) = (log.id(), state.incarnation(), state.level());
    if context.output.json {
        return context.output.value(&json!({
            "log_id": id, "incarnation": incarnation, "size": size, "root": root, "at": at,
            "level": level,
        }));
    }
    context.output.line(format_args!(
        "log   {id}\nincarnation {incarnation}\nsize  {size}\nroot  {root}\nat    {at}\nlevel {level}"
    ));
    Ok(())
}
