//! Many writers at once.

use crate::Place;
use crate::given::{With, accept, append, command, size, stream, whole};
use docket_store::{Append, AppendError, Appended, Expected, Log};
use std::sync::Arc;

/// Runs all appends at the same time and answers their outcomes in order.
pub async fn at_once(
    log: &Arc<dyn Log>,
    appends: Vec<Append>,
) -> Vec<Result<Appended, AppendError>> {
    let tasks: Vec<_> = appends
        .into_iter()
        .map(|append| {
            let log = log.clone();
            tokio::spawn(async move { log.append(append).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.expect("no append panics"));
    }
    outcomes
}

fn accepted(outcomes: &[Result<Appended, AppendError>]) -> Vec<&Appended> {
    outcomes
        .iter()
        .filter_map(|outcome| outcome.as_ref().ok())
        .collect()
}

/// Every position is answered to exactly one writer.
pub async fn sixty_four_writers_leave_no_gap(place: &dyn Place) {
    let log = place.open().await;
    let writers: Vec<_> = (0..64_u64)
        .map(|writer| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut positions = Vec::new();
                for turn in 0..10 {
                    let given = append(writer * 100 + turn)
                        .on(writer, Expected::Exact(turn * 2), 2)
                        .on("all", Expected::Any, 1);
                    let appended = accept(&*log, given).await;
                    positions.extend(appended.first_position..=appended.position);
                }
                positions
            })
        })
        .collect();
    let mut positions = Vec::new();
    for writer in writers {
        positions.extend(writer.await.expect("no writer panics"));
    }
    positions.sort_unstable();
    assert_eq!(positions, (1..=64 * 30).collect::<Vec<_>>());
    whole(&*log, 64 * 30).await;
}

/// The losers are told the version that won.
pub async fn exactly_one_of_many_wins_a_version(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    let outcomes = at_once(
        &log,
        (100..140)
            .map(|number| append(number).on("a", Expected::Exact(1), 1))
            .collect(),
    )
    .await;
    assert_eq!(accepted(&outcomes).len(), 1);
    for outcome in outcomes.iter().filter(|outcome| outcome.is_err()) {
        assert!(
            matches!(outcome, Err(AppendError::Conflict { actual: 2, .. })),
            "{outcome:?}"
        );
    }
    whole(&*log, 2).await;
}

/// A claim taken with `Absent`, together with a stream of each one's own.
pub async fn exactly_one_of_many_takes_a_name(place: &dyn Place) {
    let log = place.open().await;
    let given = (0..40).map(|number| {
        append(number)
            .on(number, Expected::Absent, 1)
            .on("name", Expected::Absent, 1)
    });
    let outcomes = at_once(&log, given.collect()).await;
    assert_eq!(accepted(&outcomes).len(), 1);
    whole(&*log, 2).await;
}

/// All are answered alike, one of them as the first.
pub async fn a_command_sent_many_times_at_once_is_stored_once(place: &dyn Place) {
    let log = place.open().await;
    let outcomes = at_once(&log, vec![append(1).on("a", Expected::Any, 2); 40]).await;
    let accepted = accepted(&outcomes);
    assert_eq!(accepted.len(), 40);
    assert_eq!(
        accepted
            .iter()
            .filter(|appended| !appended.repeated)
            .count(),
        1
    );
    assert!(
        accepted
            .iter()
            .all(|appended| (appended.first_position, appended.position) == (1, 2))
    );
    assert!(
        accepted
            .iter()
            .all(|appended| appended.versions == [(stream("a"), 2)])
    );
    assert_eq!(
        log.command(command(1))
            .await
            .unwrap()
            .map(|events| events.len()),
        Some(2)
    );
    whole(&*log, 2).await;
}

/// Every second append is refused, invalid or conflicting; the others are stored.
pub async fn a_refused_append_does_not_harm_its_neighbours(place: &dyn Place) {
    let log = place.open().await;
    let given = (0..64_u64).map(|number| match number % 4 {
        1 => append(number).on(number, Expected::Exact(7), 1),
        3 => append(number)
            .on(number, Expected::Any, 1)
            .on("\0", Expected::Any, 1),
        _ => append(number).on(number, Expected::Absent, 1),
    });
    for (number, outcome) in at_once(&log, given.collect()).await.into_iter().enumerate() {
        match number % 4 {
            1 => assert!(
                matches!(outcome, Err(AppendError::Conflict { actual: 0, .. })),
                "{outcome:?}"
            ),
            3 => assert!(
                matches!(outcome, Err(AppendError::Invalid(_))),
                "{outcome:?}"
            ),
            _ => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
    whole(&*log, 32).await;
}

/// Through every way of reading, while others write.
pub async fn what_was_answered_is_visible_at_once(place: &dyn Place) {
    let log = place.open().await;
    let writers: Vec<_> = (0..16_u64)
        .map(|writer| {
            let log = log.clone();
            tokio::spawn(async move {
                let own = stream(writer);
                for turn in 0..8 {
                    let appended = accept(
                        &*log,
                        append(writer * 100 + turn).on(writer, Expected::Exact(turn), 1),
                    )
                    .await;
                    assert!(size(&*log).await >= appended.position);
                    assert!(*log.watch().borrow() >= appended.position);
                    assert_eq!(
                        log.versions(std::slice::from_ref(&own)).await.unwrap(),
                        [turn + 1]
                    );
                    assert_eq!(
                        log.read_all(appended.position - 1, 1).await.unwrap()[0].stream,
                        own
                    );
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no writer panics");
    }
    whole(&*log, 128).await;
}
