//! An event that cannot be read hurts its own declaration: wherever many are answered, the others
//! are answered as ever.

use crate::support::cast::Who;
use crate::support::{Call, Reply, Service};
use axum::body::to_bytes;
use axum::http::Method;
use docket_domain::Kind;
use docket_http::openapi_json;
use docket_store::{Append, Expected, NewEvent, Recorded, StreamAppend, StreamId};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

on_both_engines!(async:
    one_declaration_that_cannot_be_read_stays_one_wherever_many_are_answered,
    a_row_that_the_view_has_applied_says_since_when_it_cannot_be_read,
);

fn stream(id: &str) -> StreamId {
    StreamId::new("declaration", id)
}

async fn events(service: &Service, id: &str) -> Vec<Recorded> {
    service.log.read_stream(&stream(id), 0, 100).await.unwrap()
}

/// Appends an event that no build can read, in every other respect as the log would have it.
/// Answers its position.
async fn poison(service: &Service, id: &str) -> u64 {
    let last = events(service, id).await.pop().unwrap();
    let event = NewEvent {
        kind: "HandlerChanged".to_owned(),
        schema: 1,
        payload: r#"{"step":"nonsense"}"#.to_owned(),
        sealed: last.sealed,
        metadata: last.metadata,
    };
    let append = Append {
        command: Uuid::from_u128(0xbad),
        at: last.recorded_at,
        streams: vec![StreamAppend {
            stream: stream(id),
            expected: Expected::Exact(last.version),
            events: vec![event],
        }],
        documents: Vec::new(),
        keys: Vec::new(),
    };
    service.log.append(append).await.unwrap().position
}

/// Three declarations that wait for the school's 签收, and which of them is poisoned.
struct Scene {
    service: Service,
    ids: Vec<String>,
    poisoned: String,
    position: u64,
    /// The routes that were asked, as the document names them.
    asked: BTreeSet<&'static str>,
}

impl Scene {
    async fn set(engine: Engine, views_follow: bool) -> Self {
        let service = Service::start(engine).await;
        let (mut ids, cast) = (Vec::new(), &service.cast);
        for applicant in &cast.applicants[..3] {
            let id = service.submitted(applicant, Kind::Review, &cast.school);
            ids.push(id.await);
        }
        if !views_follow {
            service.get(&cast.school.first, "/worklist").ok().await;
            service.freeze_views().await;
        }
        let position = poison(&service, &ids[1]).await;
        Self {
            service,
            poisoned: ids[1].clone(),
            ids,
            position,
            asked: BTreeSet::new(),
        }
    }

    /// Asks a route by its name in the document, with `{…}` filled in.
    fn ask(&mut self, who: &Who, route: &'static str, path: &str, body: Option<Value>) -> Call<'_> {
        self.asked.insert(route);
        let (method, _) = route.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let call = self.service.call(method, path).by(who);
        match body {
            Some(body) => call.json(body),
            None => call,
        }
    }

    async fn get(&mut self, who: &Who, route: &'static str, path: &str) -> Value {
        self.ask(who, route, path, None).ok().await.body
    }

    /// The rows of a list in which all three stand, the poisoned one marked and without actions.
    fn judge_rows(&self, body: &Value, acts: bool) {
        let items = body["items"].as_array().unwrap();
        assert_eq!(items.len(), 3, "{body}");
        for item in items {
            let is_poisoned = item["declaration_id"] == json!(self.poisoned);
            assert_eq!(item["behind_since"].is_string(), is_poisoned, "{item}");
            if let (true, Some(actions)) = (acts, item["actions"].as_array()) {
                assert_eq!(actions.is_empty(), is_poisoned, "{item}");
            }
        }
    }

    /// What is about the poisoned declaration alone cannot be answered; the same about another can.
    async fn judge_single(&mut self, who: &Who, route: &'static str, path: &str) {
        let about = |id: &str| path.replace("{id}", id);
        let (bad, good) = (about(&self.poisoned), about(&self.ids[0]));
        let refused = self.ask(who, route, &bad, None);
        refused.refused(500, "CORRUPT").await;
        self.get(who, route, &good).await;
    }
}

async fn one_declaration_that_cannot_be_read_stays_one_wherever_many_are_answered(engine: Engine) {
    let mut scene = Scene::set(engine, true).await;
    let min = format!("min_position={}", scene.position);
    lists(&mut scene, &min).await;
    record_and_history(&mut scene, &min).await;
    single_ones(&mut scene).await;
    around(&mut scene).await;
    views(&mut scene, &min).await;
    list_actions(&mut scene).await;
    assert_eq!(scene.asked, answering_many(), "each must be asked here");
}

async fn lists(scene: &mut Scene, min: &str) {
    let who = &scene.service.cast.school.first.clone();
    let page = format!("/worklist?{min}");
    let page = scene.get(who, "GET /worklist", &page).await;
    scene.judge_rows(&page, true);
    assert_eq!(page["counts"]["to_sign"], 3);
    let then = format!("/worklist?as_of={}", scene.position);
    let then = scene.get(who, "GET /worklist", &then).await;
    scene.judge_rows(&then, false);
    let found = scene.ask(
        who,
        "POST /worklist/search",
        "/worklist/search",
        Some(json!({})),
    );
    let found = found.ok().await.body;
    scene.judge_rows(&found, true);
    let export = scene.ask(
        who,
        "GET /worklist/export.xlsx",
        "/worklist/export.xlsx",
        None,
    );
    let export = export.response().await;
    assert_eq!(export.status(), 200);
    assert!(to_bytes(export.into_body(), 1 << 20).await.unwrap().len() > 1_000);
    let counts = scene.ask(who, "GET /worklist/stream", "/worklist/stream", None);
    let mut counts = counts.response().await.into_body().into_data_stream();
    let first = counts.next().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert!(first.contains(r#""to_sign":3"#), "{first}");
    let applicant = &scene.service.cast.applicants[1].clone();
    let mine = scene.get(applicant, "GET /declarations/mine", "/declarations/mine");
    let mine = mine.await;
    let behind = &mine["items"][0]["behind_since"];
    assert!(behind.is_string(), "{mine}");
    let applicant = &scene.service.cast.applicants[0].clone();
    let mine = scene.get(applicant, "GET /declarations/mine", "/declarations/mine");
    assert!(mine.await["items"][0]["behind_since"].is_null());
}

async fn record_and_history(scene: &mut Scene, min: &str) {
    let cast = &scene.service.cast;
    let readers = [
        cast.applicants[1].clone(),
        cast.school.first.clone(),
        cast.auditor.clone(),
    ];
    let path = format!("/declarations/{}", scene.poisoned);
    for reader in &readers {
        let record = format!("{path}/record?{min}");
        let record = scene.get(reader, "GET /declarations/{id}/record", &record);
        let record = record.await;
        assert!(record["behind_since"].is_string(), "{record}");
        assert_eq!(record["items"][0]["event"], "提交申报书", "{record}");
    }
    let auditor = &readers[2];
    let stored = events(&scene.service, &scene.poisoned).await;
    let told = format!("{path}/events");
    let told = scene.get(auditor, "GET /declarations/{id}/events", &told);
    let told = told.await;
    let told = told["items"].as_array().unwrap();
    assert_eq!(told.len(), stored.len());
    let (bad, before) = told.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|event| event["opened"].is_object() && event["problem"].is_null())
    );
    assert!(bad["opened"].is_null(), "{bad}");
    assert_eq!(bad["problem"]["code"], "CORRUPT");
    let place = format!("position {}", scene.position);
    assert!(
        bad["problem"]["detail"].as_str().unwrap().contains(&place),
        "{bad}"
    );
    assert_eq!(bad["payload"], r#"{"step":"nonsense"}"#);
    assert_eq!(bad["leaf"], hex::encode(stored.last().unwrap().leaf));
    for field in ["header", "metadata", "sealed"] {
        assert!(bad[field].is_string(), "{field}");
    }
    let route = "GET /declarations/{id}/replay";
    for version in 1..stored.len() {
        let state = format!("{path}/replay?to_version={version}");
        let state = scene.get(auditor, route, &state).await;
        assert_eq!(state["last_version"], stored.len());
    }
    let last = scene.ask(auditor, route, &format!("{path}/replay"), None);
    last.refused(500, "CORRUPT").await;
}

async fn single_ones(scene: &mut Scene) {
    let who = &scene.service.cast.school.first.clone();
    for (route, path) in [
        ("GET /declarations/{id}", "/declarations/{id}"),
        (
            "GET /declarations/{id}/allowed-actions",
            "/declarations/{id}/allowed-actions",
        ),
        (
            "GET /declarations/{id}/report-targets",
            "/declarations/{id}/report-targets",
        ),
        (
            "GET /declarations/{id}/return-targets",
            "/declarations/{id}/return-targets",
        ),
    ] {
        scene.judge_single(who, route, path).await;
    }
    let route = "GET /declarations/{id}/completeness";
    let applicants = scene.service.cast.applicants.clone();
    let path = |id: &str| format!("/declarations/{id}/completeness");
    let bad = path(&scene.poisoned);
    let refused = scene.ask(&applicants[1], route, &bad, None);
    refused.refused(500, "CORRUPT").await;
    let good = path(&scene.ids[0]);
    scene.get(&applicants[0], route, &good).await;
}

/// Pickers and catalogues know nothing of the declaration.
async fn around(scene: &mut Scene) {
    let (who, applicant) = (
        scene.service.cast.school.legal.clone(),
        scene.service.cast.applicants[1].clone(),
    );
    let operators = format!("/units/{}/operators", scene.service.cast.school.id);
    for (route, path) in [
        ("GET /catalogue/series", "/catalogue/series"),
        ("GET /committees", "/committees"),
        ("GET /recognition-settings", "/recognition-settings"),
        ("GET /me", "/me"),
        ("GET /units", "/units"),
        ("GET /units/{id}/operators", &operators),
        ("GET /workflows", "/workflows"),
        ("GET /workflows/{kind}", "/workflows/review"),
    ] {
        let asks = if route.contains("operators") {
            &who
        } else {
            &applicant
        };
        scene.get(asks, route, path).await;
    }
}

async fn views(scene: &mut Scene, min: &str) {
    let who = &scene.service.cast.operator.clone();
    let all = format!("/admin/projections?{min}");
    let all = scene.get(who, "GET /admin/projections", &all).await;
    let mut worklist = all["items"].as_array().unwrap().iter();
    let worklist = worklist.rfind(|view| view["name"] == "worklist");
    assert_eq!(worklist.unwrap()["parked"], 1);
    let admin = "/admin/projections/worklist";
    let route = "GET /admin/projections/{name}/parked";
    let parked = scene.get(who, route, &format!("{admin}/parked")).await;
    assert_eq!(parked["items"][0]["position"], scene.position, "{parked}");
    assert_eq!(parked["items"].as_array().unwrap().len(), 1);
    let verified = scene
        .service
        .post(who, &format!("{admin}/verify"), json!({}));
    let job = verified.ok().await.body["id"].as_str().unwrap().to_owned();
    let route = "GET /admin/rebuilds/{id}";
    let followed = scene.ask(who, route, &format!("/admin/rebuilds/{job}"), None);
    let told = to_bytes(followed.response().await.into_body(), 1 << 20);
    let told = String::from_utf8(told.await.unwrap().to_vec()).unwrap();
    assert!(told.contains("event: finished"), "{told}");
    let route = "GET /admin/projections/{name}/reports";
    let reports = scene.get(who, route, &format!("{admin}/reports")).await;
    assert_eq!(reports["items"][0]["kind"], "verify", "{reports}");
    let route = "POST /admin/projections/{name}/drop-old";
    let dropped = scene.ask(who, route, &format!("{admin}/drop-old"), Some(json!({})));
    dropped.ok().await;
}

async fn list_actions(scene: &mut Scene) {
    let who = &scene.service.cast.school.first.clone();
    let items: Vec<Value> = scene
        .ids
        .iter()
        .map(|id| json!({"declaration_id": id}))
        .collect();
    for route in [
        "POST /worklist/actions/reassign",
        "POST /worklist/actions/withdraw",
        "POST /worklist/actions/sign",
    ] {
        let path = route.strip_prefix("POST ").unwrap();
        let call = scene.ask(who, route, path, Some(json!({"items": items})));
        let done: Reply = call.ok().await;
        for result in done.body["results"].as_array().unwrap() {
            let is_poisoned = result["declaration_id"] == json!(scene.poisoned);
            assert_eq!(
                result["problem"]["code"] == "CORRUPT",
                is_poisoned,
                "{result}"
            );
            let signs = route.ends_with("/sign") && !is_poisoned;
            assert!(!signs || result["done"] == true, "{result}");
        }
    }
}

/// The routes whose answer holds many things, or is no JSON: all that are to be asked above.
fn answering_many() -> BTreeSet<&'static str> {
    let document: Value = serde_json::from_str(&openapi_json()).unwrap();
    // A command says which events it made, and whether to warn of something.
    let of_commands = [
        "#/components/schemas/DeclarationBody",
        "#/components/schemas/AdminBody",
    ];
    let mut many = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap().iter();
            let answers = answers.filter(|(status, _)| status.starts_with('2'));
            let bodies = answers
                .filter_map(|(_, answer)| answer["content"].as_object())
                .flatten();
            let answers_many = bodies.into_iter().any(|(media, body)| {
                let named = body["schema"]["$ref"].as_str().unwrap_or_default();
                let whole = media != "application/json";
                whole || (!of_commands.contains(&named) && has_list(&document, named))
            });
            if answers_many {
                let path = path.strip_prefix("/api/v1").unwrap_or(path);
                many.insert(format!("{} {path}", method.to_uppercase()).leak() as &'static str);
            }
        }
    }
    many
}

/// Whether a schema has a list of objects, in a part that is flattened into it too.
fn has_list(document: &Value, named: &str) -> bool {
    let schema = document
        .pointer(named.trim_start_matches('#'))
        .unwrap_or(&Value::Null);
    lists_in(document, schema)
}

fn lists_in(document: &Value, schema: &Value) -> bool {
    let fields = schema["properties"].as_object().into_iter().flatten();
    let parts = schema["allOf"].as_array().into_iter().flatten();
    fields
        .into_iter()
        .any(|(_, field)| field["items"]["$ref"].is_string())
        || parts.into_iter().any(|part| match part["$ref"].as_str() {
            Some(named) => has_list(document, named),
            None => lists_in(document, part),
        })
}

async fn a_row_that_the_view_has_applied_says_since_when_it_cannot_be_read(engine: Engine) {
    let scene = Scene::set(engine, false).await;
    let who = &scene.service.cast.school.first;
    let page = scene.service.get(who, "/worklist").ok().await.body;
    scene.judge_rows(&page, true);
    let recorded = events(&scene.service, &scene.poisoned).await;
    let since = docket_domain::time::Instant::from_micros(recorded.last().unwrap().recorded_at);
    let rows = page["items"].as_array().unwrap().iter();
    let mut marked = rows.filter(|row| row["declaration_id"] == json!(scene.poisoned));
    assert_eq!(marked.next().unwrap()["behind_since"], json!(since));
}
