//! A view that a new version of Docket gives another meaning.

use super::*;
use docket_domain::Category;
use docket_projection::{ColumnType, Folded, ReportKind, Rows, Table, row};
use serde_json::json;

docket_projection::on_both_engines!(
    what_changed_between_two_meanings_is_told_and_kept,
    a_meaning_that_is_not_built_yet_is_named_and_not_built_by_looking,
    beside_a_generation_that_is_fed_still_both_are_compared_at_one_place,
    an_update_is_rolled_back_by_starting_the_version_before,
    what_another_version_left_is_dropped_and_told_once_it_was_compared,
);

/// What a later version makes of `tally`: another state, one column more and one less, no events.
struct Later;

impl Projector for Later {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn rule(&self) -> &'static str {
        "later"
    }

    fn tables(&self) -> Vec<Table> {
        let tallies = Table::of_states(
            "tallies",
            Category::Declaration,
            "declaration",
            ColumnType::Id,
        )
        .key("unit", ColumnType::Id)
        .column("version", ColumnType::Int)
        .column("kind", ColumnType::Code)
        .column("state", ColumnType::Code);
        vec![tallies]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        let unit = declaration.work_unit;
        rows.add(
            "tallies",
            row![
                declaration.id,
                unit,
                declaration.version,
                declaration.kind,
                "another"
            ],
        );
    }
}

fn later() -> Vec<Arc<dyn Projector>> {
    vec![Arc::new(Later)]
}

async fn change(views: &Views) -> serde_json::Value {
    let info = views.list().await.unwrap().remove(0);
    let reports = info.reports.into_iter();
    let mut changes = reports.filter(|report| report.kind == ReportKind::Change);
    changes.next().expect("a report of the change").report
}

async fn what_changed_between_two_meanings_is_told_and_kept(ground: Ground) {
    let log = PlainLog::default();
    let head = log.append(&history(20, 200, 5)).await;
    let old = views(&ground, &log, tally()).await;
    let fingerprint = old.list().await.unwrap()[0].fingerprint.clone();
    let stood = old.dump("tally").await.unwrap()["tallies"].len();
    old.close().await;
    drop(old);
    nobody_uses_more_than(&ground, 0).await;
    let new = views(&ground, &log, later()).await;
    let told = change(&new).await;
    assert_eq!(told["before"], 1);
    assert_eq!(told["fingerprint"], json!(fingerprint));
    assert_eq!(told["position"], head);
    assert_eq!(
        told["tables"],
        json!([{ "table": "tallies", "added": ["kind"], "removed": ["applicant"] }])
    );
    let stands = new.dump("tally").await.unwrap()["tallies"].len();
    assert_eq!(told["rows"]["columns"], json!({ "tallies.state": stands }));
    let of_kind = |what: &str| {
        let rows = told["rows"]["rows"].as_array().unwrap().iter();
        rows.filter(|row| row["what"] == what).count()
    };
    assert_eq!(
        (of_kind("changed"), of_kind("extra")),
        (stands, stood - stands)
    );
    assert_eq!(containers(&ground).await, ["tally-2"]);
}

async fn a_meaning_that_is_not_built_yet_is_named_and_not_built_by_looking(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(4, 30, 1)).await;
    let old = views(&ground, &log, tally()).await;
    let look = docket_projection::testing::look(&ground, &log, later()).await;
    let unbuilt = look.unbuilt().await.unwrap();
    assert_eq!(unbuilt.len(), 1);
    assert_eq!(unbuilt[0].name, "tally");
    assert_eq!(unbuilt[0].others[0].generation, 1);
    assert!(unbuilt[0].others[0].live);
    assert_eq!(look.list().await.unwrap(), []);
    look.close().await;
    assert_eq!(containers(&ground).await, ["tally-1"]);
    let look = docket_projection::testing::look(&ground, &log, tally()).await;
    assert_eq!(look.unbuilt().await.unwrap(), []);
    assert_eq!(look.list().await.unwrap(), old.list().await.unwrap());
}

async fn an_update_is_rolled_back_by_starting_the_version_before(ground: Ground) {
    let log = PlainLog::default();
    let (before, after) = (history(10, 100, 5), submitted(7_000).1);
    log.append(&before).await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, later()).await;
    // While a node of the version before runs, its generation is fed: nothing has to be built.
    let head = log.append(&after).await;
    old.catch_up().await.unwrap();
    new.catch_up().await.unwrap();
    new.close().await;
    assert_eq!(old.list().await.unwrap()[0].checkpoint, head);
    let stood = old.dump("tally").await.unwrap();
    old.close().await;
    drop((old, new));
    // When none runs it may be gone, and the version before builds it again.
    let again = views(&ground, &log, tally()).await;
    assert_eq!(again.dump("tally").await.unwrap(), stood);
}

async fn beside_a_generation_that_is_fed_still_both_are_compared_at_one_place(ground: Ground) {
    let log = PlainLog::default();
    let old = views(&ground, &log, tally()).await;
    log.append(&history(20, 200, 5)).await;
    old.catch_up().await.unwrap();
    let met = old.list().await.unwrap()[0].checkpoint;
    let head = log.append(&submitted(7_000).1).await;
    let new = views(&ground, &log, later()).await;
    assert_eq!(change(&new).await["position"], met);
    assert_eq!(new.list().await.unwrap()[0].checkpoint, head);
    old.catch_up().await.unwrap();
    assert!(rows(&old).await > 0, "the old one answers its own nodes");
}

async fn what_another_version_left_is_dropped_and_told_once_it_was_compared(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(4, 30, 1)).await;
    let old = views(&ground, &log, tally()).await;
    let fingerprint = old.list().await.unwrap()[0].fingerprint.clone();
    old.close().await;
    drop(old);
    let look = docket_projection::testing::look(&ground, &log, later()).await;
    assert_eq!(look.drop_old("tally").await.unwrap(), []);
    look.close().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, later()).await;
    assert_eq!(change(&new).await["before"], 1);
    assert_eq!(new.drop_old("tally").await.unwrap(), [], "a node uses it");
    old.close().await;
    drop(old);
    nobody_uses_more_than(&ground, 1).await;
    let dropped = new.drop_old("tally").await.unwrap();
    let told = (dropped[0].generation, &dropped[0].fingerprint);
    assert_eq!((dropped.len(), told), (1, (1, &fingerprint)));
    assert_eq!(containers(&ground).await, ["tally-2"]);
}

#[tokio::test]
async fn people_with_psql_read_what_answers_when_another_version_is_dropped() {
    let (ground, log) = in_postgres().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, later()).await;
    assert_eq!(read_by_people(&ground), "docket_tally_2");
    new.close().await;
    drop(new);
    nobody_uses_more_than(&ground, 1).await;
    assert_eq!(old.drop_old("tally").await.unwrap().len(), 1);
    assert_eq!(read_by_people(&ground), "docket_tally_1");
}
