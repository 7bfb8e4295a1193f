//! What /metrics tells, and whether the dashboard asks for just that.

use crate::client::Client;
use crate::process::{Place, docket, stderr};
use docket_codec::{Entropy, KeyRing, OsEntropy};
use docket_http::AccessTokens;
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use docket_testkit::postgres::Proxy;
use docket_testkit::town::Town;
use serde_json::Value;
use sqlx::Connection as _;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const DASHBOARD: &str = include_str!("../../../../docs/grafana-dashboard.json");
const PAGE: &str = include_str!("../../../../docs/operations.md");

on_both_engines!(
    nothing_that_a_client_writes_is_in_a_label,
    what_operators_do_to_a_view_shows,
);

on_both_engines!(async:
    the_dashboard_asks_for_what_is_measured_and_misses_nothing,
    a_view_that_is_held_up_lags_until_it_goes_on,
    a_server_proves_the_log_and_says_what_it_found,
);

/// `docket serve` that says where it listens.
struct Served {
    child: Child,
    address: String,
    metrics: Option<String>,
}

impl Served {
    fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| {
            let url = told[name].as_str()?.strip_prefix("http://")?;
            Some(url.trim_end_matches("/metrics").to_owned())
        };
        Self {
            child,
            address: address("base_url").unwrap(),
            metrics: address("metrics_url"),
        }
    }

    /// With metrics.
    fn measured(place: &Place) -> Self {
        let mut command = place.docket(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        command.env("DOCKET_ADMIN_LISTEN", "127.0.0.1:0");
        Self::start(command)
    }

    /// What /metrics says once its views could be looked at in time.
    fn looked(&self) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let text = self.metrics();
            if text.contains("docket_views_readable 1\n") {
                return text;
            }
            assert!(Instant::now() < until, "{text}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What it says of the worklist once it says what is waited for.
    fn worklist(&self, name: &str, is_right: impl Fn(f64) -> bool) -> f64 {
        let sample = format!("docket_view_{name}{{view=\"worklist\"}} ");
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let text = self.looked();
            let value = text.lines().find_map(|line| line.strip_prefix(&sample));
            let value = value.unwrap().parse().unwrap();
            if is_right(value) {
                return value;
            }
            assert!(Instant::now() < until, "{name} is {value}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What /metrics says.
    fn metrics(&self) -> String {
        let (status, text) = ask(self.metrics.as_ref().unwrap(), "GET", "/metrics");
        assert_eq!(status, 200);
        text
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(address: &str, method: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: docket\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// The metrics of an answer by name, each with the labels of its samples; a histogram is one.
fn samples(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((key, _)) = line.rsplit_once(' ') else {
            continue;
        };
        let (name, labels) = key.split_once('{').unwrap_or((key, ""));
        let labels = labels.split(',').filter_map(|label| label.split_once('='));
        let names = labels.map(|(label, _)| label.to_owned());
        found
            .entry(whole(name).to_owned())
            .or_default()
            .extend(names);
    }
    found
}

/// The metric of a sample.
fn whole(name: &str) -> &str {
    ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|tail| name.strip_suffix(tail))
        .unwrap_or(name)
}

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).unwrap()
}

/// Every query of the dashboard.
fn queries() -> Vec<String> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned());
    targets
        .flatten()
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect()
}

/// The metrics that a query names.
fn named(query: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    query
        .split(|c| !is_part(c))
        .filter(|word| word.starts_with("docket_") || word.starts_with("process_"))
        .map(|word| whole(word).to_owned())
        .collect()
}

/// The labels by which a query groups.
fn grouped(query: &str) -> BTreeSet<String> {
    let groups = query.split(" by (").skip(1);
    let labels = groups.filter_map(|rest| rest.split_once(')'));
    labels
        .flat_map(|(labels, _)| labels.split(", "))
        .map(str::to_owned)
        .collect()
}

/// The token of a person who is registered in the log of a place.
async fn somebody(place: &Place) -> String {
    let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
    let (ring, _) = KeyRing::open_or_create(&place.key_file(), entropy.as_ref()).unwrap();
    let (log, ring) = (place.log().await, Arc::new(ring));
    ring.check(log.as_ref()).await.unwrap();
    let tokens = AccessTokens::new(&ring);
    let town = Town::found_with(log, ring, entropy).await;
    tokens.mint(town.person().await)
}

async fn the_dashboard_asks_for_what_is_measured_and_misses_nothing(engine: Engine) {
    let place = Place::new(engine);
    let token = somebody(&place).await;
    let served = Served::measured(&place);
    assert_eq!(ask(&served.address, "GET", "/livez").0, 200);
    let client = Client {
        address: served.address.clone(),
        token,
        unit: None,
    };
    let nothing = "/declarations/0198c0de-0000-7000-8000-000000000001";
    let refused = client.ask("DELETE", nothing, &[], None).unwrap();
    assert_eq!(refused.status, 404, "{}", refused.body);
    let text = served.looked();
    let measured = samples(&text);
    let mut asked = BTreeSet::new();
    for query in queries() {
        let names = named(&query);
        assert!(!names.is_empty(), "{query}");
        for name in &names {
            let labels = measured.get(name);
            let labels = labels.unwrap_or_else(|| panic!("nothing measures {name}: {query}"));
            let unknown: Vec<_> = grouped(&query).difference(labels).cloned().collect();
            assert!(unknown.is_empty(), "{name} has no {unknown:?}: {query}");
        }
        asked.extend(names);
    }
    for name in measured.keys().filter(|name| name.starts_with("docket_")) {
        assert!(asked.contains(name), "no panel shows {name}");
        assert!(PAGE.contains(&format!("| `{name}` |")), "{name}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
    let views = [
        "declaration",
        "directory",
        "handling-record",
        "my-declarations",
        "worklist",
        "worklist-history",
    ];
    for view in views {
        assert!(text.contains(&format!("docket_view_lag_seconds{{view=\"{view}\"}} 0\n")));
        assert!(text.contains(&format!("docket_view_generation{{view=\"{view}\"}} 1\n")));
    }
    assert!(
        text.contains("action=\"delete\",result=\"refused\""),
        "{text}"
    );
}

fn nothing_that_a_client_writes_is_in_a_label(engine: Engine) {
    let place = Place::founded(engine);
    let served = Served::measured(&place);
    for (method, path) in [
        ("GET", "/api/v1/declarations/geheim/record?name=geheim"),
        ("GET", "/geheim"),
        ("GEHEIM", "/livez"),
    ] {
        assert!(ask(&served.address, method, path).0 >= 400);
    }
    let text = served.metrics();
    assert!(!text.to_lowercase().contains("geheim"), "{text}");
    let route = "method=\"GET\",route=\"/api/v1/declarations/{id}/record\",status=\"401\"";
    assert!(text.contains(route), "{text}");
    assert!(text.contains("method=\"other\",route=\"/livez\",status=\"405\""));
    assert_eq!(ask(&served.address, "GET", "/metrics").0, 404);
    let admin = served.metrics.as_ref().unwrap();
    assert_eq!(ask(admin, "GET", "/api/v1/openapi.json").0, 404);
}

fn what_operators_do_to_a_view_shows(engine: Engine) {
    let place = Place::founded(engine);
    let served = Served::measured(&place);
    served.worklist("kept_generation", |number| number == 0.0);
    served.worklist("last_verified_timestamp_seconds", |at| at == 0.0);
    served.worklist("last_verified_differences", f64::is_nan);
    let seen = served.worklist("events_total", |events| events > 0.0);
    for verb in ["verify", "rebuild"] {
        let done = place.run(&["projections", verb, "worklist"]);
        assert!(done.status.success(), "{}", stderr(&done));
    }
    served.worklist("generation", |number| number == 2.0);
    served.worklist("kept_generation", |number| number == 1.0);
    served.worklist("last_verified_timestamp_seconds", |at| at > 1.7e9);
    served.worklist("last_verified_differences", |rows| rows == 0.0);
    served.worklist("events_total", |events| events == seen);
}

/// Lets nobody write to the worklist until it is dropped.
enum Hold {
    File(sqlx::SqliteConnection),
    Database(sqlx::PgConnection),
}

impl Hold {
    async fn of(place: &Place) -> Self {
        match place.database() {
            None => {
                let file = place.folder().join("views/worklist-1.db");
                let url = format!("sqlite://{}", file.display());
                let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql("BEGIN IMMEDIATE")
                    .execute(&mut file)
                    .await
                    .unwrap();
                Self::File(file)
            }
            Some(database) => {
                let mut held = sqlx::PgConnection::connect(&database.url()).await.unwrap();
                let sql = "BEGIN; LOCK TABLE docket_worklist_1.docket_checkpoint IN EXCLUSIVE MODE";
                sqlx::raw_sql(sql).execute(&mut held).await.unwrap();
                Self::Database(held)
            }
        }
    }

    async fn end(self) {
        match self {
            Self::File(file) => file.close().await.unwrap(),
            Self::Database(held) => held.close().await.unwrap(),
        }
    }
}

async fn a_view_that_is_held_up_lags_until_it_goes_on(engine: Engine) {
    let place = Place::founded(engine);
    let served = Served::measured(&place);
    served.worklist("lag_positions", |events| events == 0.0);
    served.worklist("lag_seconds", |seconds| seconds == 0.0);
    let hold = Hold::of(&place).await;
    let file = place.folder().join("2027.csv");
    std::fs::write(&file, "2027-01-01,off\n").unwrap();
    let loaded = place.run(&["calendar", "load", "--confirm", file.to_str().unwrap()]);
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    let positions = served.worklist("lag_positions", |events| events > 0.0);
    assert_eq!(positions, 1.0);
    let first = served.worklist("lag_seconds", |seconds| seconds > 0.0);
    served.worklist("lag_seconds", |seconds| seconds > first);
    hold.end().await;
    served.worklist("lag_positions", |events| events == 0.0);
    served.worklist("lag_seconds", |seconds| seconds == 0.0);
}

/// Once with nothing wrong, once after a trigger was taken away.
async fn a_server_proves_the_log_and_says_what_it_found(engine: Engine) {
    let place = Place::founded(engine);
    let found = |served: &Served| {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let text = served.metrics();
            let lines = text.lines();
            let mut values =
                lines.filter_map(|line| line.strip_prefix("docket_log_last_verified_findings "));
            match values.next() {
                Some("NaN") | None => assert!(Instant::now() < until, "{text}"),
                Some(value) => {
                    assert!(!text.contains("docket_log_last_verified_timestamp_seconds 0\n"));
                    return value.to_owned();
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    assert_eq!(found(&Served::measured(&place)), "0");
    match place.database() {
        Some(database) => _ = database.psql("DROP TRIGGER never_changed ON docket_log.events"),
        None => {
            let file = place.folder().join("docket.db");
            let url = format!("sqlite:{}", file.display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql("DROP TRIGGER events_are_never_updated")
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
    assert_eq!(found(&Served::measured(&place)), "1");
    let mut never = place.docket(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    never.args(["--verify-every", "0", "--admin-listen", "127.0.0.1:0"]);
    let never = Served::start(never);
    let text = never.looked();
    assert!(
        text.contains("docket_log_last_verified_findings NaN\n"),
        "{text}"
    );
}

#[test]
fn nobody_is_told_anything_unless_an_address_is_given() {
    let place = Place::founded(Engine::Sqlite);
    let served = Served::start(place.docket(&["serve", "--listen", "127.0.0.1:0", "--json"]));
    assert_eq!(served.metrics, None);
    let output = docket(&["serve", "--admin-listen", "somewhere"]).output();
    let refused = output.unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("admin_listen is no address"));
}

/// A database that does not answer keeps nobody from the rest.
#[test]
fn metrics_are_told_while_the_database_is_away() {
    let place = Place::founded(Engine::Postgres);
    let proxy = Proxy::before(&place.database().unwrap().url());
    let mut command = place.docket(&["serve", "--listen", "127.0.0.1:0", "--json"]);
    command
        .env("DOCKET_DATABASE_URL", proxy.url())
        .env("DOCKET_ADMIN_LISTEN", "127.0.0.1:0");
    let served = Served::start(command);
    served.looked();
    proxy.freeze();
    proxy.cut(true);
    let began = Instant::now();
    let text = served.metrics();
    assert!(began.elapsed() < Duration::from_secs(8));
    assert!(text.contains("docket_views_readable 0\n"), "{text}");
    assert!(text.contains("process_resident_memory_bytes "));
}

/// What Grafana needs to load it, as far as that can be told without one.
#[test]
fn the_dashboard_is_one() {
    let dashboard = dashboard();
    assert_eq!(dashboard["uid"], "docket");
    assert!(!dashboard["title"].as_str().unwrap().is_empty());
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 36);
    let source = &dashboard["templating"]["list"][0];
    assert_eq!(
        (&source["type"], &source["query"]),
        (&"datasource".into(), &"prometheus".into())
    );
    let variable = format!("${{{}}}", source["name"].as_str().unwrap());
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(!panel["title"].as_str().unwrap().is_empty());
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{panel}");
        for place in (at("x")..at("x") + at("w"))
            .flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert(place), "two panels at {place:?}: {panel}");
        }
        if panel["type"] == "row" {
            continue;
        }
        let targets = panel["targets"].as_array().unwrap();
        let refs: BTreeSet<&str> = targets
            .iter()
            .map(|t| t["refId"].as_str().unwrap())
            .collect();
        assert!(!refs.is_empty() && refs.len() == targets.len(), "{panel}");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], variable.as_str());
        }
    }
}
