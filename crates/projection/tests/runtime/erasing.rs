//! What was erased is in no file, and in no table.

use super::*;

docket_projection::on_both_engines!(
    a_deleted_drafts_name_is_nowhere,
    a_draft_deleted_while_a_view_is_rebuilt_is_in_no_generation,
);

/// Rebuilds with a deletion somewhere in each.
const ROUNDS: u64 = 8;

async fn a_deleted_drafts_name_is_nowhere(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let mut walk = Walk::new(3);
    let draft = std::iter::from_fn(|| walk.step(now(), &mut Dice::new(2)))
        .take(1)
        .collect::<History>();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&draft).await;
    log.append(&history(3, 0, 1)).await;
    views.catch_up().await.unwrap();
    assert!(holds(&ground, &name).await, "the test would see the name");
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert!(!holds(&ground, &name).await);
    assert_eq!(rows(&views).await, 0);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(!holds(&ground, &name).await);
}

async fn a_draft_deleted_while_a_view_is_rebuilt_is_in_no_generation(ground: Ground) {
    let log = PlainLog::default();
    let keep = Duration::from_secs(3_600);
    let views = docket_projection::testing::views_that_keep(keep, &ground, &log, tally()).await;
    log.append(&history(300, 6_000, 5)).await;
    views.catch_up().await.unwrap();
    let began = tokio::time::Instant::now();
    let rebuild = async || views.rebuild(&["tally"], Gate::Strict, &|_| {}).await;
    rebuild().await.unwrap();
    let whole = began.elapsed();
    for round in 0..ROUNDS {
        let mut walk = Walk::new(9_000 + round);
        let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
        let name = Cast::name(PersonId(walk.declaration().applicant.0));
        log.append(&[draft]).await;
        views.catch_up().await.unwrap();
        assert!(holds(&ground, &name).await, "the test would see the name");
        let deleting = async {
            let moment = whole.mul_f64(round as f64 / ROUNDS as f64);
            tokio::time::sleep(moment).await;
            log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
                .await;
        };
        let (rebuilt, ()) = tokio::join!(rebuild(), deleting);
        rebuilt.unwrap();
        views.catch_up().await.unwrap();
        assert!(views.list().await.unwrap()[0].kept.is_some());
        assert!(is_gone(&views, &ground, &name).await, "round {round}");
    }
}

/// Whether a text is in any file, or in any row of any table.
pub(crate) async fn holds(ground: &Ground, text: &str) -> bool {
    match ground {
        Ground::Folder(dir) => std::fs::read_dir(dir.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        }),
        Ground::Database(database) => {
            let found = database.psql(&format!(
                "SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'docket%' AND \
                 query_to_xml(format('SELECT t::text FROM %I.%I t', schemaname, tablename), \
                 true, false, '')::text LIKE '%{text}%'"
            ));
            found != "0"
        }
    }
}

/// Feeds the views until the name is gone: who is in the way puts it off.
async fn is_gone(views: &Views, ground: &Ground, name: &str) -> bool {
    let until = tokio::time::Instant::now() + LONG;
    while holds(ground, name).await {
        if tokio::time::Instant::now() > until {
            return false;
        }
        views.catch_up().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    true
}

#[tokio::test]
async fn a_reader_in_the_way_of_an_erasure_holds_up_nothing() {
    let ground = Ground::new(Engine::Sqlite);
    let log = PlainLog::default();
    let first = views(&ground, &log, tally()).await;
    let mut walk = Walk::new(3);
    let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&[draft]).await;
    first.catch_up().await.unwrap();
    let reader = first.view("tally").unwrap().snapshot().await.unwrap();
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    let started = tokio::time::Instant::now();
    first.catch_up().await.unwrap();
    let second = views(&ground, &log, tally()).await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(holds(&ground, &name).await, "the reader is in the way");
    drop(reader);
    assert!(
        is_gone(&second, &ground, &name).await,
        "whoever opened it still remembers"
    );
    assert!(is_gone(&first, &ground, &name).await);
}
