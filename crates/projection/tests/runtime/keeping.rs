//! What was replaced is kept for a while, and answers again when it is asked to.

use super::*;
use crate::erasing::holds;
use docket_projection::testing::views_that_keep;

docket_projection::on_both_engines!(
    a_rollback_catches_up_and_the_next_one_goes_back_again,
    a_rollback_by_another_process_is_followed_and_no_answer_goes_back,
    what_is_kept_is_fed_and_survives_a_restart,
    a_second_rebuild_keeps_only_the_generation_before_it,
    without_a_generation_that_is_kept_there_is_nothing_to_roll_back,
    what_is_kept_goes_when_its_time_is_over,
    old_generations_can_be_dropped_before_their_time,
    what_was_erased_is_in_no_generation_that_is_kept,
);

const KEEP: Duration = Duration::from_secs(3_600);

async fn keeping(ground: &Ground, log: &PlainLog) -> Views {
    views_that_keep(KEEP, ground, log, tally()).await
}

async fn rebuild(views: &Views) {
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
}

async fn generation(views: &Views) -> (u32, Option<u32>) {
    let info = views.list().await.unwrap().remove(0);
    (info.generation, info.kept)
}

async fn a_rollback_catches_up_and_the_next_one_goes_back_again(ground: Ground) {
    let log = PlainLog::default();
    let views = keeping(&ground, &log).await;
    let events = history(20, 300, 4);
    let (before, after) = events.split_at(150);
    log.append(before).await;
    views.catch_up().await.unwrap();
    rebuild(&views).await;
    let head = log.append(after).await;
    views.catch_up().await.unwrap();
    let (sums, stands) = (
        views.sums("tally").await.unwrap(),
        views.dump("tally").await.unwrap(),
    );
    for (before, generation) in [(2, 1), (1, 2)] {
        let back = views.roll_back("tally", &|_| {}).await.unwrap();
        assert_eq!((back.before, back.generation), (before, generation));
        assert_eq!(back.position, head);
        assert!(back.seconds > 0.0);
        assert_eq!(views.sums("tally").await.unwrap(), sums);
        assert_eq!(views.dump("tally").await.unwrap(), stands);
    }
    assert_eq!(generation(&views).await, (2, Some(1)));
}

async fn a_rollback_by_another_process_is_followed_and_no_answer_goes_back(ground: Ground) {
    let log = PlainLog::default();
    let (server, tool) = (keeping(&ground, &log).await, keeping(&ground, &log).await);
    let runner = server.start();
    let view = server.view("tally").unwrap();
    let events = history(40, 600, 9);
    let (before, during) = events.split_at(200);
    view.wait(log.append(before).await, LONG).await.unwrap();
    rebuild(&tool).await;
    let writing = async {
        for event in during {
            let position = log.append(std::slice::from_ref(event)).await;
            view.wait(position, LONG).await.unwrap();
            assert!(view.snapshot().await.unwrap().position() >= position);
        }
    };
    let going_back = async {
        for _ in 0..4 {
            tool.roll_back("tally", &|_| {}).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    tokio::join!(writing, going_back);
    let until = tokio::time::Instant::now() + LONG;
    while generation(&server).await != (2, Some(1)) {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    runner.stop().await;
    tool.catch_up().await.unwrap();
    let scope = docket_projection::Scope::All;
    let verified = tool.verify("tally", scope, &|_| {}).await.unwrap();
    assert!(verified.differences.is_empty(), "{verified:?}");
}

async fn what_is_kept_is_fed_and_survives_a_restart(ground: Ground) {
    let log = PlainLog::default();
    let first = keeping(&ground, &log).await;
    log.append(&history(10, 100, 4)).await;
    first.catch_up().await.unwrap();
    rebuild(&first).await;
    first.close().await;
    drop(first);
    let second = keeping(&ground, &log).await;
    assert_eq!(generation(&second).await, (2, Some(1)));
    log.append(&submitted(7_000).1).await;
    second.catch_up().await.unwrap();
    let back = second.roll_back("tally", &|_| {}).await.unwrap();
    assert_eq!(back.behind, 0, "it was fed all along");
}

async fn a_second_rebuild_keeps_only_the_generation_before_it(ground: Ground) {
    let log = PlainLog::default();
    let views = keeping(&ground, &log).await;
    log.append(&history(4, 40, 1)).await;
    views.catch_up().await.unwrap();
    rebuild(&views).await;
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
    rebuild(&views).await;
    assert_eq!(generation(&views).await, (3, Some(2)));
    assert_eq!(containers(&ground).await, ["tally-2", "tally-3"]);
}

async fn without_a_generation_that_is_kept_there_is_nothing_to_roll_back(ground: Ground) {
    let log = PlainLog::default();
    let views = keeping(&ground, &log).await;
    let refused = views.roll_back("tally", &|_| {}).await;
    assert_eq!(refused, Err(ViewError::NothingKept("tally".to_owned())));
    assert_eq!(generation(&views).await, (1, None));
}

async fn what_is_kept_goes_when_its_time_is_over(ground: Ground) {
    let log = PlainLog::default();
    let keep = Duration::from_millis(200);
    let views = views_that_keep(keep, &ground, &log, tally()).await;
    let runner = views.start();
    rebuild(&views).await;
    let until = tokio::time::Instant::now() + LONG;
    while containers(&ground).await != ["tally-2"] {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(generation(&views).await, (2, None));
    runner.stop().await;
}

async fn old_generations_can_be_dropped_before_their_time(ground: Ground) {
    let log = PlainLog::default();
    let views = keeping(&ground, &log).await;
    rebuild(&views).await;
    let dropped = views.drop_old("tally").await.unwrap();
    assert_eq!(dropped.len(), 1);
    assert_eq!(
        (dropped[0].name.as_str(), dropped[0].generation),
        ("tally", 1)
    );
    assert_eq!(containers(&ground).await, ["tally-2"]);
    assert_eq!(generation(&views).await, (2, None));
    assert_eq!(views.drop_old("tally").await.unwrap(), []);
}

async fn what_was_erased_is_in_no_generation_that_is_kept(ground: Ground) {
    let log = PlainLog::default();
    let views = keeping(&ground, &log).await;
    let mut walk = Walk::new(3);
    let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&[draft]).await;
    views.catch_up().await.unwrap();
    rebuild(&views).await;
    assert!(holds(&ground, &name).await, "the test would see the name");
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert_eq!(generation(&views).await, (2, Some(1)));
    assert!(!holds(&ground, &name).await);
}
