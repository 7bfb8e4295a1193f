//! Reads: pages, streams, ranges, and the check of the whole.

use crate::Place;
use crate::given::{LOG, With, accept, append, size, stream};
use docket_store::{
    Expected, Log, LogError, MemoryLog, PublishedHead, Recorded, StreamAppend, StreamId,
    StreamRange, root, verify,
};

fn places(events: &[Recorded]) -> Vec<(u64, u64)> {
    events
        .iter()
        .map(|event| (event.position, event.version))
        .collect()
}

/// Behind a version, at most so many, oldest first.
pub async fn a_stream_is_read_behind_a_version(place: &dyn Place) {
    let log = place.open().await;
    for number in 1..=4 {
        accept(
            &*log,
            append(number)
                .on("a", Expected::Any, 1)
                .on("b", Expected::Any, 1),
        )
        .await;
    }
    let a = stream("a");
    let read = |after, limit| log.read_stream(&a, after, limit);
    assert_eq!(
        places(&read(0, 10).await.unwrap()),
        [(1, 1), (3, 2), (5, 3), (7, 4)]
    );
    assert_eq!(places(&read(1, 2).await.unwrap()), [(3, 2), (5, 3)]);
    assert_eq!(places(&read(4, 10).await.unwrap()), []);
    assert_eq!(places(&read(0, 0).await.unwrap()), []);
    assert_eq!(log.read_stream(&stream("none"), 0, 10).await.unwrap(), []);
}

/// Behind a position, at most so many, oldest first.
pub async fn the_log_is_read_behind_a_position(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Any, 5)).await;
    assert_eq!(places(&log.read_all(0, 2).await.unwrap()), [(1, 1), (2, 2)]);
    assert_eq!(
        places(&log.read_all(3, usize::MAX).await.unwrap()),
        [(4, 4), (5, 5)]
    );
    assert_eq!(log.read_all(5, 10).await.unwrap(), []);
    assert_eq!(log.read_all(u64::MAX, 10).await.unwrap(), []);
    assert_eq!(log.read_all(0, 0).await.unwrap(), []);
}

fn range(from: Option<&str>, to: Option<&str>, up_to: u64) -> StreamRange {
    StreamRange {
        category: "case".to_owned(),
        from: from.map(stream),
        to: to.map(stream),
        up_to,
    }
}

/// `from < stream <= to`, by stream and version, none behind `up_to`.
pub async fn a_range_holds_whole_streams_in_order(place: &dyn Place) {
    let log = place.open().await;
    for number in 1..=3 {
        accept(
            &*log,
            append(number)
                .on("c", Expected::Any, 1)
                .on("a", Expected::Any, 1)
                .on("b", Expected::Any, 1),
        )
        .await;
    }
    let read = |range: StreamRange| {
        let log = log.clone();
        async move {
            log.read_range(&range)
                .await
                .unwrap()
                .iter()
                .map(|event| event.position)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        read(range(None, None, 9)).await,
        [2, 5, 8, 3, 6, 9, 1, 4, 7]
    );
    assert_eq!(read(range(None, None, 5)).await, [2, 5, 3, 1, 4]);
    assert_eq!(read(range(Some("a"), Some("b"), 9)).await, [3, 6, 9]);
    assert_eq!(read(range(Some("a"), None, 9)).await, [3, 6, 9, 1, 4, 7]);
    assert_eq!(read(range(None, Some("aa"), 9)).await, [2, 5, 8]);
    assert_eq!(read(range(Some("c"), None, 9)).await, [0; 0]);
    assert_eq!(read(range(None, None, 0)).await, [0; 0]);
}

/// The names that end ranges of so many streams, one behind the other.
pub(crate) async fn ends(log: &dyn Log, category: &str, streams: usize) -> Vec<StreamId> {
    let mut ends: Vec<StreamId> = Vec::new();
    while let Some(end) = log
        .next_streams(category, ends.last(), streams)
        .await
        .unwrap()
    {
        assert!(ends.last().is_none_or(|before| *before < end), "{ends:?}");
        ends.push(end);
    }
    ends
}

/// Read one behind the other, the ranges are the category.
pub async fn next_streams_cut_a_category_into_ranges(place: &dyn Place) {
    let log = place.open().await;
    for number in 0..10 {
        accept(
            &*log,
            append(number).on(format!("{number:02}"), Expected::Absent, 2),
        )
        .await;
    }
    let log = &*log;
    let cut = [stream("03"), stream("07"), stream("09")];
    assert_eq!(ends(log, "case", 4).await, cut);
    assert_eq!(ends(log, "case", 5).await, [stream("04"), stream("09")]);
    assert_eq!(ends(log, "case", 100).await, [stream("09")]);
    assert_eq!(ends(log, "case", 0).await.len(), 10, "at least one");
    assert_eq!(ends(log, "none", 4).await, []);
    let behind = |after: &str| {
        let after = stream(after);
        async move { log.next_streams("case", Some(&after), 2).await.unwrap() }
    };
    assert_eq!(behind("").await, Some(stream("01")));
    assert_eq!(behind("035").await, Some(stream("05")), "no stream");
    assert_eq!(behind("09").await, None);
    for streams in 1..=11 {
        let read = read_by_ranges(log, streams).await;
        assert_eq!(read, log.read_range(&range(None, None, 20)).await.unwrap());
        assert_eq!(read.len(), 20);
    }
}

async fn read_by_ranges(log: &dyn Log, streams: usize) -> Vec<Recorded> {
    let (mut from, mut read) = (None, Vec::new());
    for to in ends(log, "case", streams).await {
        let range = StreamRange {
            category: "case".to_owned(),
            from,
            to: Some(to.clone()),
            up_to: u64::MAX,
        };
        read.extend(log.read_range(&range).await.unwrap());
        from = Some(to);
    }
    read
}

/// Names with all that a text of SQL could trip over.
pub async fn ranges_may_end_at_any_name(place: &dyn Place) {
    let log = place.open().await;
    let names = [
        "'", "''; --", "\\", "\\'", "$1", "$2", "%_", "\n", "/", "é", "张", "𠮷", "\u{7f}",
    ];
    let mut streams: Vec<StreamId> = names.map(stream).to_vec();
    for (number, name) in names.iter().enumerate() {
        accept(&*log, append(number as u64).on(name, Expected::Absent, 3)).await;
    }
    streams.sort();
    assert_eq!(ends(&*log, "case", 1).await, streams, "by bytes");
    let all = log.read_range(&range(None, None, u64::MAX)).await.unwrap();
    assert_eq!(all.len(), 3 * names.len());
    assert_eq!(read_by_ranges(&*log, 1).await, all);
    let of = |events: Vec<Recorded>| -> Vec<StreamId> {
        let mut streams: Vec<_> = events.into_iter().map(|event| event.stream).collect();
        streams.dedup();
        streams
    };
    for (at, name) in streams.iter().enumerate() {
        let mut behind = range(None, None, u64::MAX);
        behind.from = Some(name.clone());
        let behind = of(log.read_range(&behind).await.unwrap());
        assert_eq!(behind, streams[at + 1..], "behind {name}");
        let mut up_to = range(None, None, u64::MAX);
        up_to.to = Some(name.clone());
        let up_to = of(log.read_range(&up_to).await.unwrap());
        assert_eq!(up_to, streams[..=at], "up to {name}");
    }
}

/// Events of all sizes up to the largest that a payload may have, many of them.
pub async fn a_long_range_holds_events_of_every_size(place: &dyn Place) {
    let log = place.open().await;
    let reference = MemoryLog::new(LOG);
    for number in 1..=8_u64 {
        let mut given = append(number);
        for id in 0..25 {
            given = given.on(id, Expected::Any, 10);
        }
        let events = given.streams.iter_mut().flat_map(|of| &mut of.events);
        for (at, event) in events.enumerate().filter(|(at, _)| at % 16 == 0) {
            event.payload = format!("\"{}\"", "职".repeat(at * number as usize % 5_000));
            event.sealed = vec![number as u8; 1 + at * 31];
        }
        reference.append(given.clone()).await.unwrap();
        accept(&*log, given).await;
    }
    for asked in [
        range(None, None, u64::MAX),
        range(None, None, 1_234),
        range(Some("12"), Some("3"), 2_000),
        range(Some("24"), Some("5"), 999),
    ] {
        let read = log.read_range(&asked).await.unwrap();
        assert_eq!(read, reference.read_range(&asked).await.unwrap());
        assert!(read.len() > 100, "{asked:?}");
    }
}

/// `case`, `case2` and `case-x` are three categories.
pub async fn categories_with_a_common_prefix_stay_apart(place: &dyn Place) {
    let log = place.open().await;
    let mut given = append(1).on("a", Expected::Any, 1);
    let event = given.streams[0].events[0].clone();
    for category in ["case2", "cas", "case-x", "case.", "Case"] {
        let stream = StreamId::new(category, "a");
        given.streams.push(StreamAppend {
            stream,
            expected: Expected::Absent,
            events: vec![event.clone()],
        });
    }
    accept(&*log, given).await;
    assert_eq!(ends(&*log, "case", 1).await, [stream("a")]);
    assert_eq!(
        places(&log.read_range(&range(None, None, 9)).await.unwrap()),
        [(1, 1)]
    );
}

/// More than one page of any adapter.
pub async fn long_answers_are_whole(place: &dyn Place) {
    let log = place.open().await;
    for number in 1..=3 {
        accept(
            &*log,
            append(number)
                .on("a", Expected::Any, 1_100)
                .on("b", Expected::Any, 100),
        )
        .await;
    }
    let all = log.read_all(0, usize::MAX).await.unwrap();
    assert_eq!(all.len(), 3_600);
    assert!(
        all.iter()
            .zip(1..)
            .all(|(event, position)| event.position == position)
    );
    let one = log.read_stream(&stream("a"), 0, usize::MAX).await.unwrap();
    assert_eq!(one.len(), 3_300);
    assert!(
        one.iter()
            .zip(1..)
            .all(|(event, version)| event.version == version)
    );
    assert_eq!(
        log.read_stream(&stream("a"), 10, 2_500).await.unwrap(),
        one[10..2_510]
    );
    let both = log.read_range(&range(None, None, 3_600)).await.unwrap();
    assert_eq!(both[..3_300], one);
    assert_eq!(both.len(), 3_600);
    assert_eq!(log.leaves(0, usize::MAX).await.unwrap().len(), 3_600);
}

/// Also for streams that do not exist, also one asked twice.
pub async fn versions_come_in_the_order_asked(place: &dyn Place) {
    let log = place.open().await;
    accept(
        &*log,
        append(1)
            .on("b", Expected::Any, 2)
            .on("a", Expected::Any, 1),
    )
    .await;
    let asked = [stream("none"), stream("b"), stream("a"), stream("b")];
    assert_eq!(log.versions(&asked).await.unwrap(), [0, 2, 1, 2]);
    assert_eq!(log.versions(&[]).await.unwrap(), [0; 0]);
}

/// In log order, behind a position.
pub async fn leaves_are_those_of_the_events(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Any, 7)).await;
    let leaves: Vec<_> = log
        .read_all(0, 10)
        .await
        .unwrap()
        .iter()
        .map(|event| event.leaf)
        .collect();
    assert_eq!(log.leaves(0, 10).await.unwrap(), leaves);
    assert_eq!(log.leaves(2, 3).await.unwrap(), leaves[2..5]);
    assert_eq!(log.leaves(7, 3).await.unwrap(), leaves[7..]);
}

/// The check answers size, root and time, and accepts every head there ever was.
pub async fn a_whole_log_verifies(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Any, 7)).await;
    let leaves = log.leaves(0, 7).await.unwrap();
    for size in 0..=7_u64 {
        let published = PublishedHead {
            size,
            root: root(&leaves[..size as usize]),
        };
        let verified = verify(&*log, Some(published), &mut |_| {}).await.unwrap();
        assert_eq!((verified.size, verified.root), (7, root(&leaves)));
        assert_eq!(verified.recorded_at, log.head().await.unwrap().recorded_at);
    }
}

/// Another root, or more events than there are.
pub async fn a_published_head_that_does_not_fit_is_found(place: &dyn Place) {
    let log = place.open().await;
    accept(&*log, append(1).on("a", Expected::Any, 3)).await;
    let leaves = log.leaves(0, 3).await.unwrap();
    assert_eq!(
        broken(
            &*log,
            PublishedHead {
                size: 2,
                root: root(&leaves)
            }
        )
        .await,
        2
    );
    assert_eq!(
        broken(
            &*log,
            PublishedHead {
                size: 4,
                root: root(&leaves)
            }
        )
        .await,
        4
    );
    assert_eq!(size(&*log).await, 3);
}

async fn broken(log: &dyn Log, published: PublishedHead) -> u64 {
    match verify(log, Some(published), &mut |_| {}).await {
        Err(LogError::Corrupt { position, .. }) => position,
        other => panic!("the published head does not fit, but got {other:?}"),
    }
}
