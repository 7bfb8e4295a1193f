//! Reads: pages, streams, ranges, and the check of the whole.

use crate::Place;
use crate::given::{With, accept, append, size, stream};
use docket_store::{
    Expected, Log, LogError, PublishedHead, Recorded, StreamAppend, StreamId, StreamRange, root,
    verify,
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

/// Read one behind the other, the ranges of a split are the category.
pub async fn splits_cut_a_category_into_ranges(place: &dyn Place) {
    let log = place.open().await;
    for number in 0..10 {
        accept(
            &*log,
            append(number).on(format!("{number:02}"), Expected::Absent, 2),
        )
        .await;
    }
    assert_eq!(
        log.split_streams("case", 4).await.unwrap(),
        [stream("03"), stream("07"), stream("09")]
    );
    assert_eq!(
        log.split_streams("case", 5).await.unwrap(),
        [stream("04"), stream("09")]
    );
    assert_eq!(
        log.split_streams("case", 100).await.unwrap(),
        [stream("09")]
    );
    assert_eq!(log.split_streams("none", 4).await.unwrap(), []);
    let (mut from, mut read) = (None, Vec::new());
    for to in log.split_streams("case", 3).await.unwrap() {
        let range = StreamRange {
            category: "case".to_owned(),
            from,
            to: Some(to.clone()),
            up_to: 20,
        };
        read.extend(log.read_range(&range).await.unwrap());
        from = Some(to);
    }
    assert_eq!(read, log.read_range(&range(None, None, 20)).await.unwrap());
    assert_eq!(read.len(), 20);
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
    assert_eq!(log.split_streams("case", 1).await.unwrap(), [stream("a")]);
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
