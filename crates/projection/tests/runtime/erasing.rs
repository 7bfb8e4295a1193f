//! What was erased is in no file.

use super::*;

#[tokio::test]
async fn a_deleted_drafts_name_is_nowhere_in_the_files() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let mut walk = Walk::new(3);
    let draft = std::iter::from_fn(|| walk.step(now(), &mut Dice::new(2)))
        .take(1)
        .collect::<History>();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&draft).await;
    log.append(&history(3, 0, 1)).await;
    views.catch_up().await.unwrap();
    assert!(holds(dir.path(), &name), "the test would see the name");
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert!(!holds(dir.path(), &name));
    assert_eq!(rows(&views).await, 0);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(!holds(dir.path(), &name));
}

pub(crate) fn holds(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

/// Feeds the views until the name is gone: who is in the way puts it off.
async fn is_gone(views: &Views, dir: &Path, name: &str) -> bool {
    let until = tokio::time::Instant::now() + LONG;
    while holds(dir, name) {
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
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let first = views(dir.path(), &log, tally()).await;
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
    let second = views(dir.path(), &log, tally()).await;
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(holds(dir.path(), &name), "the reader is in the way");
    drop(reader);
    assert!(
        is_gone(&second, dir.path(), &name).await,
        "whoever opened it still remembers"
    );
    assert!(is_gone(&first, dir.path(), &name).await);
}
