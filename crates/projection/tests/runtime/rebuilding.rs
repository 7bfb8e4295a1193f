//! Rebuilds beside what goes on.

use super::*;

docket_projection::on_both_engines!(
    a_rebuild_under_load_switches_to_the_same_rows_and_never_goes_back,
    two_processes_feed_one_generation_and_follow_a_switch,
    the_gate_names_what_differs_and_a_strict_one_switches_nothing,
    a_switch_by_another_process_is_followed_under_steady_load,
    a_rebuild_that_is_refused_leaves_nothing_of_the_other_views,
    a_difference_in_one_view_keeps_every_other_from_being_switched,
    drafts_deleted_during_a_rebuild_are_no_difference,
    rebuilds_go_through_while_drafts_are_deleted,
);

async fn a_rebuild_under_load_switches_to_the_same_rows_and_never_goes_back(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    let events = history(60, 900, 3);
    let (before, during) = events.split_at(400);
    view.wait(log.append(before).await, LONG).await.unwrap();
    let writing = async {
        for event in during {
            let position = log.append(std::slice::from_ref(event)).await;
            view.wait(position, LONG).await.unwrap();
            assert!(view.snapshot().await.unwrap().position() >= position);
        }
    };
    let rebuilding = async {
        for _ in 0..5 {
            let rebuilt = views
                .rebuild(&["tally"], Gate::Strict, &|_| {})
                .await
                .unwrap();
            assert_eq!(rebuilt[0].differences, Vec::<String>::new());
        }
    };
    tokio::join!(writing, rebuilding);
    runner.stop().await;
    assert_eq!(views.list().await.unwrap()[0].generation, 6);
    assert_eq!(containers(&ground).await, ["tally-6"]);
}

async fn two_processes_feed_one_generation_and_follow_a_switch(ground: Ground) {
    let log = PlainLog::default();
    let (one, two) = (
        views(&ground, &log, tally()).await,
        views(&ground, &log, tally()).await,
    );
    let runners = (one.start(), two.start());
    let events = history(30, 400, 5);
    let (before, after) = events.split_at(200);
    let head = log.append(before).await;
    for views in [&one, &two] {
        views.view("tally").unwrap().wait(head, LONG).await.unwrap();
    }
    two.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let head = log.append(after).await;
    for views in [&one, &two] {
        views.view("tally").unwrap().wait(head, LONG).await.unwrap();
    }
    let (ones, twos) = (
        one.sums("tally").await.unwrap(),
        two.sums("tally").await.unwrap(),
    );
    assert_eq!(ones, twos);
    runners.0.stop().await;
    runners.1.stop().await;
    let rebuilt = one
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(rebuilt[0].new, twos);
}

async fn the_gate_names_what_differs_and_a_strict_one_switches_nothing(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    let end = log.append(&[terminated(&mut walk)]).await;
    views.catch_up().await.unwrap();
    log.break_at(end, true);
    let refused = views.rebuild(&["tally"], Gate::Strict, &|_| {}).await;
    let Err(ViewError::Different(refused)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].differences[0].starts_with("tallies: "),
        "{refused:?}"
    );
    assert_eq!(views.list().await.unwrap()[0].generation, 1);
    assert_eq!(containers(&ground).await, ["tally-1"]);
}

async fn shows(views: &Views, declaration: DeclarationId) -> bool {
    let stand = views.dump("tally").await.unwrap();
    let owner = Value::from(declaration);
    stand.values().flatten().any(|row| row[0] == owner)
}

async fn a_switch_by_another_process_is_followed_under_steady_load(ground: Ground) {
    let log = PlainLog::default();
    let (server, tool) = (
        views(&ground, &log, tally()).await,
        views(&ground, &log, tally()).await,
    );
    let runner = server.start();
    let view = server.view("tally").unwrap();
    view.wait(log.append(&history(4, 30, 1)).await, LONG)
        .await
        .unwrap();
    let mut walk = Walk::new(7_777);
    let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
    let declaration = walk.declaration().id;
    view.wait(log.append(&[draft]).await, LONG).await.unwrap();
    assert!(shows(&server, declaration).await);
    tool.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    // Nobody but the server will tell the new generation of it.
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    drop(tool);
    let mut followed = false;
    for event in history(60, 900, 3)
        .into_iter()
        .filter(|(stream, _)| !history(4, 30, 1).iter().any(|(known, _)| known == stream))
    {
        view.wait(log.append(&[event]).await, LONG).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        followed = server.list().await.unwrap()[0].generation == 2;
        if followed {
            break;
        }
    }
    assert!(followed, "the server reads the file that was replaced");
    runner.stop().await;
    assert!(!shows(&server, declaration).await);
    assert_eq!(containers(&ground).await, ["tally-2"]);
}

async fn a_rebuild_that_is_refused_leaves_nothing_of_the_other_views(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    let end = log.append(&[terminated(&mut walk)]).await;
    views.catch_up().await.unwrap();
    let before = containers(&ground).await;
    log.break_at(end, true);
    let refused = views
        .rebuild(&["tally", "twin"], Gate::Strict, &|_| {})
        .await;
    assert!(
        matches!(refused, Err(ViewError::Different(_))),
        "{refused:?}"
    );
    assert_eq!(containers(&ground).await, before);
    log.break_at(end, false);
    log.lose_keys(true);
    let refused = views
        .rebuild(&["tally", "twin"], Gate::Strict, &|_| {})
        .await;
    assert!(
        matches!(refused, Err(ViewError::KeyMissing(_))),
        "{refused:?}"
    );
    assert_eq!(containers(&ground).await, before);
}

async fn a_difference_in_one_view_keeps_every_other_from_being_switched(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    log.append(&submitted(1).1).await;
    views.catch_up().await.unwrap();
    let before = containers(&ground).await;
    let wrong = "UPDATE tallies SET applicant = 'x'";
    crate::verifying::tamper_with(&ground, "twin", wrong).await;
    let refused = views
        .rebuild(&["tally", "twin"], Gate::Strict, &|_| {})
        .await;
    let Err(ViewError::Different(refused)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].name, "twin");
    assert_eq!(containers(&ground).await, before);
    let list = views.list().await.unwrap();
    assert!(list.iter().all(|view| view.generation == 1), "{list:?}");
}

async fn drafts_deleted_during_a_rebuild_are_no_difference(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let mut walk = Walk::new(3);
    let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
    log.append(&[draft]).await;
    views.catch_up().await.unwrap();
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    // The live view has not seen the deletion; the replay opens the draft without its key.
    let rebuilt = views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(rebuilt[0].differences, Vec::<String>::new());
    assert_eq!(rows(&views).await, 0);
}

async fn rebuilds_go_through_while_drafts_are_deleted(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let runner = views.start();
    let mut walks: Vec<Walk> = (1_000..1_150).map(Walk::new).collect();
    for walk in &mut walks {
        let draft = walk.step(now(), &mut Dice::new(2)).unwrap();
        log.append(&[draft]).await;
    }
    let writing = async {
        for walk in &mut walks {
            log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
                .await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let rebuilding = async {
        for _ in 0..8 {
            views
                .rebuild(&["tally"], Gate::Strict, &|_| {})
                .await
                .unwrap();
        }
    };
    tokio::join!(writing, rebuilding);
    runner.stop().await;
}
