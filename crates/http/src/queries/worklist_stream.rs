use crate::access::audited_kinds;
use crate::app::App;
use crate::caller::{Caller, identify, named_unit};
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use docket_domain::UnitId;
use docket_worklist::Counts;
use futures::Stream;
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a stream waits for a change before it asks again whether the caller may still listen.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// One event: the whole counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsEvent {
    /// Rows per tab.
    counts: BTreeMap<&'static str, u64>,
    /// What they have seen, as the event's `id`.
    position: u64,
}

/// Follows the counts of the acting unit's tabs
///
/// Server-sent events; the first comes at once, then one for each change. `id` is the position.
#[utoipa::path(
    get,
    path = "/worklist/stream",
    tag = "worklist",
    params(("unit" = Option<Id>, Query, description = "The acting unit, instead of `Docket-Unit`")),
    responses((status = 200, body = CountsEvent, content_type = "text/event-stream")),
)]
pub async fn stream(
    State(app): State<App>,
    headers: HeaderMap,
    params: Result<Params, Problem>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let mut params = params?;
    let unit = match params.parse::<UnitId>("unit") {
        Ok(None) => named_unit(&headers),
        unit => unit,
    };
    let caller = identify(&app, &headers, unit).await?;
    params.fresh(&app, &[app.reads.worklist.view()]).await?;
    audited_kinds(&app, &caller, None).await?;
    let following = Following {
        app,
        caller,
        told: None,
    };
    let events = futures::stream::unfold(following, |mut following| async {
        let event = following.next().await?;
        Some((Ok(event), following))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Following {
    app: App,
    caller: Caller,
    told: Option<(u64, Counts)>,
}

impl Following {
    /// The next change; `None` once the server stops or the caller may not listen any more.
    async fn next(&mut self) -> Option<Event> {
        let view = self.app.reads.worklist.view().clone();
        let mut shutdown = self.app.parts.shutdown.clone();
        loop {
            if let Some((position, _)) = self.told {
                tokio::select! {
                    () = shutdown.wait() => return None,
                    _ = view.wait(position + 1, ASK_AGAIN) => {}
                }
            }
            let (unit, kinds) = audited_kinds(&self.app, &self.caller, None).await.ok()?;
            let position = view.seen();
            let counts = self.app.reads.worklist.counts(unit, &kinds).await.ok()?;
            let news = self.told.as_ref().is_none_or(|(_, told)| *told != counts);
            let event = news.then(|| event(position, &counts));
            self.told = Some((position, counts));
            if let Some(event) = event {
                return Some(event);
            }
        }
    }
}

fn event(position: u64, counts: &Counts) -> Event {
    let body = CountsEvent {
        counts: counts
            .iter()
            .map(|(tab, count)| (tab.code(), count))
            .collect(),
        position,
    };
    let data = serde_json::to_string(&body).expect("counts have a JSON form");
    Event::default()
        .id(position.to_string())
        .event("counts")
        .data(data)
}
