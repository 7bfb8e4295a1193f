//! The list as it was: tabs, handlers, versions and deadlines of then, told with today's names.

use crate::access::audited_kinds;
use crate::answer::{Answer, Seen};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::queries::worklist::{Wanted, question};
use crate::queries::worklist_rows::{Joined, WorklistPage};
use docket_codec::stream_id;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::Names;
use docket_domain::{CommitteeId, DeclarationId, State, Stream, evolve};
use docket_projection::AsOf;
use docket_store::Log;
use docket_worklist::Item;
use futures::{StreamExt, TryStreamExt};

/// Events of a declaration read at once; it has fewer than 100.
const EVENTS_MAX: usize = 1_000;
/// Streams read at the same time.
const READS: usize = 8;

/// Answers what is wanted of the acting unit's list as it was.
pub async fn answer(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    as_of: AsOf,
    params: Params,
) -> Result<Answer<WorklistPage>, Problem> {
    let past = app.past(as_of).await?;
    let reads = &app.reads;
    let views = [
        reads.history.view(),
        reads.worklist.view(),
        reads.record.view(),
        reads.directory.view(),
    ];
    let seen = params
        .at_least(Some(past.position))
        .fresh(app, &views)
        .await?;
    // The history holds nothing of people, so that it cannot be searched by them.
    let personal = [
        ("name", &wanted.name),
        ("phone", &wanted.phone),
        ("id_number", &wanted.id_number),
    ];
    if let Some((field, _)) = personal.iter().find(|(_, given)| given.is_some()) {
        return Err(Problem::field(*field, "不能与 as_of 同时使用"));
    }
    let (unit, kinds) = audited_kinds(app, caller, wanted.kind).await?;
    let question = question(app, unit, kinds, wanted).await?;
    let mut page = reads.history.page(&question, past).await?;
    page.items = described(app, page.items, past.position).await?;
    let mut joined = Joined::of(app, caller, &page.items, past.at).await?;
    for (id, committee) in &mut joined.committees {
        committee.deadlines = plan(app, *id, past.position).await?;
    }
    let seen = Seen {
        position: page.position,
        ..seen
    };
    Ok(Answer::new(seen, joined.page(page, &[])))
}

/// The items with their versions then, and with what describes their declarations now. Of one that
/// has no row any more, the codes are all there is.
async fn described(app: &App, items: Vec<Item>, position: u64) -> Result<Vec<Item>, Problem> {
    let ids: Vec<DeclarationId> = items.iter().map(|item| item.declaration_id).collect();
    let now = app.reads.worklist.any_of(&ids).await?;
    let names = app.reads.record.names(&ids).await?;
    let versions = versions(app.engine().log().as_ref(), &ids, position).await?;
    let items = items.into_iter().zip(versions).map(|(item, version)| {
        let now = now.get(&item.declaration_id);
        described_by(
            Item { version, ..item },
            now,
            names.get(&item.declaration_id),
        )
    });
    Ok(items.collect())
}

fn described_by(mut item: Item, now: Option<&Item>, names: Option<&Names>) -> Item {
    if let Some(handler) = &mut item.handler {
        handler.name = names.and_then(|names| names.get(&handler.person)).cloned();
    }
    let Some(now) = now.cloned() else {
        return item;
    };
    Item {
        applicant: now.applicant,
        phone: now.phone,
        id_number: now.id_number,
        person_category: now.person_category,
        specialty_group: now.specialty_group,
        series: now.series,
        title: now.title,
        specialty: now.specialty,
        direction: now.direction,
        application_type: now.application_type,
        ..item
    }
}

/// The version each declaration had at a position.
async fn versions(
    log: &dyn Log,
    ids: &[DeclarationId],
    position: u64,
) -> Result<Vec<u64>, Problem> {
    let reads = ids.iter().copied().map(|id| async move {
        let stream = stream_id(log.id(), &Stream::declaration(id));
        let events = log.read_stream(&stream, 0, EVENTS_MAX).await?;
        let then = events.iter().rev().find(|event| event.position <= position);
        Ok(then.map_or(0, |event| event.version))
    });
    futures::stream::iter(reads)
        .buffered(READS)
        .try_collect()
        .await
}

/// The deadlines of a committee's plan at a position.
async fn plan(app: &App, id: CommitteeId, position: u64) -> Result<Deadlines, Problem> {
    let stream = Stream::committee(id);
    let mut state = State::initial(stream.category);
    let mut recorded = app.engine().recorded(&stream).await?;
    recorded.retain(|event| event.position <= position);
    for opened in app.engine().open_each(&recorded).await? {
        // The committee's rows alone have the deadlines that stood before what cannot be read.
        let Ok(opened) = opened else { break };
        evolve(&mut state, &opened.envelope);
    }
    Ok(match state {
        State::Committee(committee) => committee.deadlines,
        _ => Deadlines::default(),
    })
}
