//! Views as operators of the system keep them, while the service answers.

use crate::support::{Reply, Service};
use axum::body::BodyDataStream;
use docket_domain::Kind;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use futures::StreamExt as _;
use serde_json::{Value, json};
use sqlx::Connection as _;

on_both_engines!(async:
    an_operator_sees_how_far_the_views_are_and_what_a_rebuild_would_take,
    a_rebuild_is_followed_to_its_end,
    one_job_at_a_time_and_the_same_key_is_the_same_job,
    a_rollback_goes_back_and_forth,
    a_strict_rebuild_tells_what_differs_and_switches_nothing,
    a_wrong_row_is_found_and_mended,
    who_follows_a_job_is_told_how_far_it_is,
    a_parked_stream_is_listed_and_folded_again,
    what_is_kept_is_dropped_on_request,
    a_job_ends_with_the_server,
    who_is_no_operator_is_refused_and_remembered,
);

/// The events of a job from its first to its last.
async fn followed(service: &Service, id: &str) -> Vec<(String, Value)> {
    let path = format!("/admin/rebuilds/{id}");
    let response = service.get(&service.cast.operator, &path).response().await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    rest(response.into_body().into_data_stream()).await
}

/// What a stream tells until it ends.
async fn rest(mut stream: BodyDataStream) -> Vec<(String, Value)> {
    let mut text = String::new();
    while let Some(part) = stream.next().await {
        text.push_str(std::str::from_utf8(&part.unwrap()).unwrap());
    }
    let events = text.split("\n\n").filter(|event| !event.is_empty());
    events.map(event).collect()
}

fn event(text: &str) -> (String, Value) {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let (name, data) = (field("event: ").unwrap(), field("data: ").unwrap());
    (name.to_owned(), serde_json::from_str(data).unwrap())
}

/// Begins a job and answers its id.
async fn begun(service: &Service, path: &str, body: Value) -> String {
    let reply = service.post(&service.cast.operator, path, body).ok().await;
    assert_eq!(reply.status, 202);
    let id = reply.body["id"].as_str().unwrap().to_owned();
    assert_eq!(
        reply.header("location"),
        format!("/api/v1/admin/rebuilds/{id}")
    );
    id
}

/// Begins a job and answers its report.
async fn report(service: &Service, path: &str, body: Value) -> Value {
    let id = begun(service, path, body).await;
    let (name, report) = followed(service, &id).await.pop().unwrap();
    assert_eq!(name, "finished", "{report}");
    report
}

async fn view(service: &Service, name: &str) -> Value {
    let views = service
        .get(&service.cast.operator, "/admin/projections")
        .ok()
        .await;
    let items = views.body["items"].as_array().unwrap();
    let found = items.iter().find(|view| view["name"] == name);
    found.unwrap().clone()
}

/// Writes to the worklist's first generation behind the service's back.
async fn tamper(service: &Service, sql: &str) {
    match service.scratch.database() {
        None => {
            let file = service.scratch.folder().join("views/worklist-1.db");
            let url = format!("sqlite://{}", file.display());
            let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
            file.close().await.unwrap();
        }
        Some(database) => {
            database.psql(&format!("SET search_path TO docket_worklist_1; {sql}"));
        }
    }
}

/// What the security audit says last of an action: result and code.
async fn audited(service: &Service, action: &str) -> Vec<(String, Option<String>)> {
    let trail = service.log.audit_trail(1_000).await.unwrap();
    let of_action = trail.into_iter().filter(|entry| entry.action == action);
    let mut told: Vec<_> = of_action
        .inspect(|entry| {
            assert!(entry.actor.is_some() && entry.correlation.is_some());
        })
        .map(|entry| (entry.result, entry.code))
        .collect();
    told.reverse();
    told
}

fn told(result: &str, code: Option<&str>) -> (String, Option<String>) {
    (result.to_owned(), code.map(str::to_owned))
}

fn has_no_personal_data(service: &Service, text: &str) {
    let applicant = &service.cast.applicants[0];
    for secret in [&applicant.name, &applicant.id_number, &applicant.mobile] {
        assert!(!text.contains(secret.as_str()), "{text}");
    }
}

async fn an_operator_sees_how_far_the_views_are_and_what_a_rebuild_would_take(engine: Engine) {
    let service = Service::start(engine).await;
    let operator = &service.cast.operator;
    let views = service.get(operator, "/admin/projections").ok().await;
    let items = views.body["items"].as_array().unwrap();
    let names: Vec<&Value> = items.iter().map(|view| &view["name"]).collect();
    assert_eq!(names.len(), 6);
    assert!(names.contains(&&json!("worklist")));
    let head = service.log.head().await.unwrap().position;
    for name in ["worklist", "all"] {
        let path = format!("/admin/projections/{name}/plan");
        let plan = service.get(operator, &path).ok().await;
        assert_eq!(plan.body["events"], head);
        assert!(plan.body["bytes"].as_u64().unwrap() > 0);
        assert!(plan.body["rate"].as_u64().unwrap() > 0);
        assert!(plan.body["eta_seconds"].as_u64().unwrap() > 0);
        assert_eq!(plan.body["eta_seconds"], plan.body["replay_seconds"]);
        assert_eq!(plan.body.get("comparison_seconds"), None, "{name}");
    }
    service
        .get(operator, "/admin/projections/nothing/plan")
        .refused(404, "NOT_FOUND")
        .await;
}

/// What a rebuild goes through.
const PHASES: [&str; 5] = [
    "replaying",
    "indexing",
    "catching_up",
    "comparing",
    "switching",
];

async fn a_rebuild_is_followed_to_its_end(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service.source.hold_after(0);
    let body = json!({"gate": "strict", "pace": "polite", "jobs": 2});
    let id = begun(&service, "/admin/projections/all/rebuild", body).await;
    let path = format!("/admin/rebuilds/{id}");
    let present = || {
        service
            .get(&cast.operator, &path)
            .header("accept", "application/json")
            .ok()
    };
    let running = present().await;
    assert_eq!(running.body["state"], "running");
    assert_eq!(running.body["kind"], "rebuild");
    assert_eq!(running.body["views"].as_array().unwrap().len(), 6);
    let stream = service.get(&cast.operator, &path).response().await;
    let mut stream = stream.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    let (_, first) = event(std::str::from_utf8(&first).unwrap());
    assert_eq!(
        (&first["phase"], &first["unit"], &first["done"]),
        (&json!("replaying"), &json!("events"), &json!(0))
    );
    assert_eq!(present().await.body["progress"]["phase"], "replaying");
    service.source.release();
    let events = rest(stream).await;
    let (last, before) = events.split_last().unwrap();
    let mut phases = Vec::new();
    for (name, progress) in before {
        assert_eq!(name, "progress");
        assert!(progress["done"].as_u64().unwrap() <= progress["total"].as_u64().unwrap());
        assert!(progress["rate"].is_u64() && progress["elapsed_seconds"].is_u64());
        let phase = PHASES.iter().position(|phase| progress["phase"] == *phase);
        phases.push(phase.expect("it is a phase of a rebuild"));
    }
    assert!(phases.is_sorted(), "{phases:?}");
    assert_eq!(last.0, "finished", "{}", last.1);
    let views = last.1["views"].as_array().unwrap();
    assert_eq!(views.len(), 6);
    for view in views {
        assert_eq!(
            (&view["before"], &view["generation"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(view["differences"], json!([]));
        assert_eq!(view["old"], view["new"]);
        assert!(view["comparison_seconds"].as_f64().unwrap() > 0.0);
    }
    let path = "/admin/projections/all/plan";
    let plan = service.get(&cast.operator, path).ok().await.body;
    let seconds = |name: &str| plan[name].as_u64().unwrap();
    assert!(seconds("comparison_seconds") > 0);
    let parts = seconds("replay_seconds") + seconds("comparison_seconds");
    assert_eq!(seconds("eta_seconds"), parts);
    assert_eq!(view(&service, "worklist").await["generation"], 2);
    let finished = present().await;
    assert_eq!(finished.body["state"], "finished");
    assert_eq!(finished.body["report"], last.1);
    has_no_personal_data(&service, &finished.text);
    assert_eq!(&followed(&service, &id).await, &events[events.len() - 1..]);
    let all = audited(&service, "rebuild_view").await;
    assert_eq!(all, [told("begun", None), told("done", None)]);
}

async fn one_job_at_a_time_and_the_same_key_is_the_same_job(engine: Engine) {
    let service = Service::start(engine).await;
    let operator = &service.cast.operator;
    let path = "/admin/projections/worklist/rebuild";
    let rebuild = |body: Value| service.post(operator, path, body).key(7);
    service.source.hold_after(0);
    let first = rebuild(json!({})).ok().await;
    let refused = service
        .post(operator, "/admin/projections/directory/verify", json!({}))
        .refused(409, "JOB_RUNNING")
        .await;
    assert_eq!(refused.body["detail"], first.body["id"]);
    let action = "POST /api/v1/admin/projections/{name}/verify";
    let all = audited(&service, action).await;
    assert_eq!(all, [told("refused", Some("JOB_RUNNING"))]);
    assert_eq!(rebuild(json!({})).ok().await.body["id"], first.body["id"]);
    rebuild(json!({"gate": "report"}))
        .refused(422, "IDEMPOTENCY_KEY_REUSED")
        .await;
    service.source.release();
    let id = first.body["id"].as_str().unwrap();
    assert_eq!(followed(&service, id).await.pop().unwrap().0, "finished");
    assert_eq!(rebuild(json!({})).ok().await.body["id"], first.body["id"]);
    assert_eq!(view(&service, "worklist").await["generation"], 2);
    report(&service, path, json!({})).await;
    assert_eq!(view(&service, "worklist").await["generation"], 3);
}

async fn a_rollback_goes_back_and_forth(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let path = "/admin/projections/worklist/rollback";
    let back = |key| service.post(&cast.operator, path, json!({})).key(key);
    back(1).refused(409, "NOTHING_KEPT").await;
    report(&service, "/admin/projections/worklist/rebuild", json!({})).await;
    let id = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let first = back(2).ok().await;
    assert_eq!(
        (&first.body["before"], &first.body["generation"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(back(2).ok().await.body, first.body, "a retry turns nothing");
    assert_eq!(view(&service, "worklist").await["generation"], 1);
    let tab = service.tab(&cast.school.first, &id).await;
    assert_eq!(tab.as_deref(), Some("to_review"));
    assert_eq!(back(3).ok().await.body["generation"], 2);
    let all = audited(&service, "roll_back_view").await;
    let (begun, done) = (told("begun", None), told("done", None));
    let failed = told("failed", Some("NOTHING_KEPT"));
    let right = [&begun, &failed, &begun, &done, &begun, &done];
    assert_eq!(all.iter().collect::<Vec<_>>(), right);
}

async fn a_strict_rebuild_tells_what_differs_and_switches_nothing(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let declaration = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    tamper(&service, "UPDATE worklist SET number = 'X-1'").await;
    let path = "/admin/projections/worklist/rebuild";
    let id = begun(&service, path, json!({})).await;
    let (name, failure) = followed(&service, &id).await.pop().unwrap();
    assert_eq!(name, "failed");
    assert_eq!(failure["problem"]["code"], "VIEWS_DIFFER");
    let differences = failure["differences"].to_string();
    assert!(differences.contains(&declaration), "{differences}");
    assert!(differences.contains("number"), "{differences}");
    assert!(!differences.contains("X-1"), "{differences}");
    has_no_personal_data(&service, &differences);
    assert_eq!(view(&service, "worklist").await["generation"], 1);
    let reports = "/admin/projections/worklist/reports";
    let kept = service.get(&cast.operator, reports).ok().await;
    let refused = &kept.body["items"][0]["report"];
    assert_eq!(refused["switched"], false);
    assert_eq!(refused["rows"]["rows"][0]["owner"], declaration);
    let body = json!({"gate": "report"});
    let rebuilt = report(&service, path, body).await;
    assert_eq!(rebuilt["views"][0]["rows"]["rows"][0]["owner"], declaration);
    assert_eq!(rebuilt["views"][0]["before"], 1);
    assert_eq!(
        view(&service, "worklist").await["generation"],
        rebuilt["views"][0]["generation"]
    );
    let all = audited(&service, "rebuild_view").await;
    let differ = Some("VIEWS_DIFFER");
    assert_eq!(all[1], told("failed", differ));
    assert_eq!(all[3], told("done", differ));
    let kept = service.get(&cast.operator, reports).ok().await;
    assert_eq!(kept.body["items"][0]["kind"], "rebuild");
    let rows = &kept.body["items"][0]["report"]["rows"];
    assert_eq!(*rows, rebuilt["views"][0]["rows"]);
}

async fn a_wrong_row_is_found_and_mended(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let declaration = service
        .signed(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    let verify = |body| report(&service, "/admin/projections/worklist/verify", body);
    let sound = json!({"rows": [], "more": 0, "columns": {}});
    assert_eq!(verify(json!({})).await["differences"], sound);
    tamper(&service, "UPDATE worklist SET applicant = 'somebody else'").await;
    for body in [json!({}), json!({"sample": 100, "seed": 3})] {
        let found = verify(body).await;
        let row = &found["differences"]["rows"][0];
        assert_eq!(
            *row,
            json!({"table": "worklist", "owner": declaration, "what": "changed", "columns": ["applicant"]})
        );
        let columns = &found["differences"]["columns"];
        assert_eq!(*columns, json!({"worklist.applicant": 1}));
        assert!(!found.to_string().contains("somebody else"));
        has_no_personal_data(&service, &found.to_string());
    }
    let noted = &view(&service, "worklist").await["reports"][0];
    assert_eq!(
        (&noted["kind"], &noted["differences"]),
        (&json!("verify"), &json!(1))
    );
    assert_eq!(noted["at"], "2026-03-02T09:00:00+08:00");
    let repaired = report(&service, "/admin/projections/worklist/repair", json!({})).await;
    assert_eq!(repaired["streams"], 1);
    assert_eq!(repaired["left"], sound);
    assert_eq!(verify(json!({})).await["differences"], sound);
    let all = audited(&service, "verify_view").await;
    assert_eq!(all[1], told("done", None));
    assert_eq!(all[3], told("done", Some("VIEWS_DIFFER")));
    for (body, field) in [
        (json!({"sample": 0}), "sample"),
        (json!({"seed": 1}), "sample"),
        (json!({"all": true}), "all"),
    ] {
        let path = "/admin/projections/worklist/verify";
        let refused = service.post(&cast.operator, path, body).send().await;
        assert_eq!(
            (refused.status.as_u16(), &refused.body["field"]),
            (422, &json!(field))
        );
    }
}

async fn who_follows_a_job_is_told_how_far_it_is(engine: Engine) {
    let service = Service::start(engine).await;
    service.source.hold_after(1);
    let id = begun(&service, "/admin/projections/directory/verify", json!({})).await;
    let path = format!("/admin/rebuilds/{id}");
    let response = service.get(&service.cast.operator, &path).response().await;
    let mut stream = response.into_body().into_data_stream();
    let progress = loop {
        let part = stream.next().await.unwrap().unwrap();
        let (name, progress) = event(std::str::from_utf8(&part).unwrap());
        assert_eq!(
            (name.as_str(), &progress["phase"]),
            ("progress", &json!("verifying"))
        );
        if progress["done"] == 1 {
            break progress;
        }
        assert_eq!(progress["done"], 0, "it has begun");
    };
    assert!(progress["total"].as_u64().unwrap() > 1, "{progress}");
    assert!(progress["rate"].is_u64() && progress["eta_seconds"].is_u64());
    let asked = service.get(&service.cast.operator, &path);
    let present = asked.header("accept", "application/json").ok().await;
    assert_eq!(present.body["progress"]["done"], 1);
    service.source.release();
    let last = rest(stream).await.pop().unwrap();
    assert_eq!(last.0, "finished");
    assert_eq!(last.1["name"], "directory");
}

async fn a_parked_stream_is_listed_and_folded_again(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let id = service
        .submitted(&cast.applicants[0], Kind::Review, &cast.school)
        .await;
    service.source.break_stream(Some(&id));
    service.act(&cast.school.first, &id, "sign").ok().await;
    let path = "/admin/projections/worklist/parked";
    let parked = service.get(&cast.operator, path).ok().await;
    let item = &parked.body["items"][0];
    let stream = format!("declaration/{id}");
    assert_eq!(item["stream"], stream.as_str());
    assert_eq!(item["since"], "2026-03-02T09:00:00+08:00");
    assert!(item["error"].as_str().unwrap().contains("broken by a test"));
    assert_eq!(view(&service, "worklist").await["parked"], 1);
    let retry = format!("{path}/{}/retry", stream.replace('/', "%2F"));
    let again = |key| service.post(&cast.operator, &retry, json!({})).key(key);
    let still = json!({"stream": stream, "mended": false});
    assert_eq!(again(1).ok().await.body, still);
    service.source.break_stream(None);
    assert_eq!(again(1).ok().await.body, still, "it is the first answer");
    let mended = json!({"stream": stream, "mended": true});
    assert_eq!(again(2).ok().await.body, mended);
    assert_eq!(view(&service, "worklist").await["parked"], 0);
    let tab = service.tab(&cast.school.first, &id).await;
    assert_eq!(tab.as_deref(), Some("to_review"));
    assert_eq!(again(2).ok().await.body, mended);
    again(3).refused(404, "NOT_FOUND").await;
    assert_eq!(audited(&service, "retry_parked").await.len(), 6);
}

async fn what_is_kept_is_dropped_on_request(engine: Engine) {
    let service = Service::start(engine).await;
    let operator = &service.cast.operator;
    report(&service, "/admin/projections/worklist/rebuild", json!({})).await;
    assert_eq!(view(&service, "worklist").await["kept"], 1);
    let path = "/admin/projections/worklist/drop-old";
    let drop = || service.post(operator, path, json!({})).ok();
    let dropped: Reply = drop().await;
    assert_eq!(dropped.body["dropped"][0]["generation"], 1);
    assert_eq!(view(&service, "worklist").await["kept"], Value::Null);
    assert_eq!(drop().await.body, json!({"dropped": []}));
    service
        .post(operator, "/admin/projections/worklist/rollback", json!({}))
        .refused(409, "NOTHING_KEPT")
        .await;
    assert_eq!(audited(&service, "drop_old_views").await.len(), 4);
}

async fn a_job_ends_with_the_server(engine: Engine) {
    let service = Service::start(engine).await;
    service.source.hold_after(0);
    let path = "/admin/projections/worklist/rebuild";
    let id = begun(&service, path, json!({})).await;
    let path = format!("/admin/rebuilds/{id}");
    let stream = service.get(&service.cast.operator, &path).response().await;
    service.stop();
    let events = rest(stream.into_body().into_data_stream()).await;
    let (name, failure) = events.last().unwrap();
    assert_eq!(
        (name.as_str(), &failure["problem"]["code"]),
        ("failed", &json!("UNAVAILABLE"))
    );
    let all = audited(&service, "rebuild_view").await;
    assert_eq!(all[1], told("failed", Some("UNAVAILABLE")));
    assert_eq!(view(&service, "worklist").await["generation"], 1);
    service.source.release();
}

async fn who_is_no_operator_is_refused_and_remembered(engine: Engine) {
    let service = Service::start(engine).await;
    let cast = &service.cast;
    let view = "/admin/projections/worklist";
    let unknown = uuid::Uuid::nil();
    for who in [&cast.school.first, &cast.auditor, &cast.applicants[0]] {
        for path in [
            "/admin/projections".to_owned(),
            format!("{view}/plan"),
            format!("{view}/parked"),
            format!("{view}/reports"),
            format!("/admin/rebuilds/{unknown}"),
        ] {
            service.get(who, &path).refused(403, "NO_PERMISSION").await;
        }
        for verb in [
            "rebuild",
            "rollback",
            "verify",
            "repair",
            "drop-old",
            "parked/declaration%2F1/retry",
        ] {
            let path = format!("{view}/{verb}");
            let asked = service.post(who, &path, json!({}));
            asked.refused(403, "NO_PERMISSION").await;
        }
    }
    let action = "POST /api/v1/admin/projections/{name}/rebuild";
    let all = audited(&service, action).await;
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], told("refused", Some("NO_PERMISSION")));
    service
        .get(&cast.operator, &format!("/admin/rebuilds/{unknown}"))
        .refused(404, "NOT_FOUND")
        .await;
}
