use super::finding::{Finding, Verdict};
use crate::backend::Backend;
use crate::node;
use docket_codec::KeyRing;
use docket_domain::{State, Stream};
use std::sync::Arc;

/// Without this year's days nothing can be reported; without next year's, soon.
pub async fn examine(backend: &Backend, ring: Option<Arc<KeyRing>>) -> Vec<Finding> {
    let Some(ring) = ring else {
        return vec![unreadable("that needs the key file")];
    };
    match years(backend, ring).await {
        Ok(findings) => findings,
        Err(error) => vec![unreadable(&format!("{error:#}"))],
    }
}

fn unreadable(why: &str) -> Finding {
    let found = format!("cannot be read: {why}");
    Finding::of(
        "calendar_this_year",
        Verdict::Warning,
        found,
        "mend that first",
    )
}

async fn years(backend: &Backend, ring: Arc<KeyRing>) -> anyhow::Result<Vec<Finding>> {
    let engine = node::engine_to_read(backend.log(), ring).await?;
    let seen = engine.state(&Stream::calendar()).await?;
    let State::Calendar(calendar) = seen.state.as_ref() else {
        anyhow::bail!("the calendar cannot be read")
    };
    let now = engine.clock().now().year();
    let covers = |year| calendar.holidays.years().any(|known| known == year);
    let finding = |check, year: i32, missing| {
        let (verdict, found) = if covers(year) {
            (Verdict::Fine, format!("{year} is loaded"))
        } else {
            (missing, format!("{year} is missing"))
        };
        let advice = format!(
            "docket calendar load {year}.csv, once the State Council has published the year"
        );
        Finding::of(check, verdict, found, &advice)
    };
    Ok(vec![
        finding("calendar_this_year", now, Verdict::Wrong),
        finding("calendar_next_year", now + 1, Verdict::Warning),
    ])
}
