//! Seeding: orders in the order of time, each with a permanent id.

use super::cast::Cast;
use super::{courses, scenery};
use crate::clock::{DEMO_START, DemoClock};
use crate::progress::Progress;
use anyhow::Context as _;
use docket_domain::calendar::HolidayCalendar;
use docket_domain::time::Instant;
use docket_domain::{Actor, Command, State, Stream};
use docket_engine::{Engine, Order, derived_command_id};

/// The setting that says that seeding is over; its value is the generation of the fixtures.
const SEEDED: &str = "demo/seeded";
const GENERATION: &[u8] = b"1";
/// Where the clock stands once everything happened: 2026-03-12 09:00.
const SEEDED_DAYS: i64 = 10;

/// A command at its instant.
pub struct Planned {
    pub at: Instant,
    /// Names it for ever: its id is derived from this.
    pub label: String,
    pub actor: Actor,
    pub command: Command,
}

/// Commands to come.
#[derive(Default)]
pub struct Schedule(Vec<Planned>);

impl Schedule {
    /// Adds a command.
    pub fn add(&mut self, planned: Planned) {
        self.0.push(planned);
    }
}

/// Makes the demo's data, unless it is there. What an interrupted seeding has done is found in the
/// log and not done again. False when all of it was there.
///
/// # Errors
/// When the log cannot be used, or a rule refuses what the fixtures ask for.
pub async fn seed(
    engine: &Engine,
    clock: &DemoClock,
    cast: &Cast,
    progress: &dyn Fn(u64) -> Progress,
) -> anyhow::Result<bool> {
    if engine.log().setting(SEEDED).await?.as_deref() == Some(GENERATION) {
        return Ok(false);
    }
    let mut schedule = Schedule::default();
    scenery::set(cast, engine.ring(), &mut schedule);
    courses::run(cast, &calendar(engine).await?, &mut schedule);
    let mut planned = schedule.0;
    planned.sort_by_key(|planned| planned.at);
    let progress = progress(planned.len() as u64);
    for (done, planned) in planned.into_iter().enumerate() {
        perform(engine, clock, planned).await?;
        progress.at(done as u64 + 1);
    }
    progress.finish();
    clock.set(DEMO_START.plus_days(SEEDED_DAYS));
    clock.store(engine.log().as_ref()).await?;
    engine.log().put_setting(SEEDED, GENERATION).await?;
    Ok(true)
}

async fn perform(engine: &Engine, clock: &DemoClock, planned: Planned) -> anyhow::Result<()> {
    let id = derived_command_id(&["demo", "1", &planned.label]);
    if clock.is_past(planned.at) && engine.log().command(id).await?.is_some() {
        return Ok(());
    }
    clock.set(planned.at);
    let done = engine
        .execute(Order::new(planned.actor, planned.command, id))
        .await;
    done.map(|_| ())
        .with_context(|| format!("the demo's `{}` was not accepted", planned.label))
}

async fn calendar(engine: &Engine) -> anyhow::Result<HolidayCalendar> {
    match engine.state(&Stream::calendar()).await?.state.as_ref() {
        State::Calendar(calendar) => Ok(calendar.holidays.clone()),
        _ => anyhow::bail!("the log has no calendar"),
    }
}
