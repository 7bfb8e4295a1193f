//! The OpenAPI document, generated from the handlers.

use crate::problem::{FieldError, MEDIA_TYPE, Problem, ProblemBody, Trouble};
use crate::router;
use axum::http::{Method, header};
use axum::response::IntoResponse;
use docket_domain::Code;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::PartialSchema;

/// Where the interface begins.
pub const PREFIX: &str = "/api/v1";

const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

const DESCRIPTION: &str = "\
Professional-title declarations: commands append to one log, queries read views of it.

Every command answers `Docket-Position`; every query takes `min_position` and answers with what it has seen. \
Times are RFC 3339 with +08:00. Failures are RFC 9457 problem documents with stable codes. A person who operates a \
unit acts for it by the header `Docket-Unit`. Within v1 fields and codes may be added, none disappears.";

/// The interface as an OpenAPI 3.1 document, the text of schemas/openapi.json.
pub fn openapi_json() -> String {
    let (_, document) = router::listed().split_for_parts();
    let mut document = serde_json::to_value(document).expect("the document has a JSON form");
    document["openapi"] = json!("3.1.0");
    document["info"] = json!({
        "title": "Docket",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["security"] = json!([{"bearer": []}]);
    components(&mut document);
    operations(&mut document);
    let mut text = serde_json::to_string_pretty(&document).expect("the document has a JSON form");
    text.push('\n');
    text
}

/// Serves the OpenAPI document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "health",
    security(()),
    responses((status = 200, description = "This document", content_type = "application/json")),
)]
pub async fn document() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    (
        [(header::CONTENT_TYPE, "application/json")],
        TEXT.get_or_init(openapi_json).as_str(),
    )
}

/// Whether a route knows a method. What is not in the document, the demo's, counts as known.
pub fn knows(route: Option<&str>, method: &Method) -> bool {
    static PATHS: OnceLock<Value> = OnceLock::new();
    let paths = PATHS.get_or_init(|| {
        let (_, document) = router::listed().split_for_parts();
        serde_json::to_value(document.paths).expect("the document has a JSON form")
    });
    let asked = if method == Method::HEAD {
        Method::GET
    } else {
        method.clone()
    };
    let item = route.and_then(|route| paths.get(route));
    item.is_none_or(|item| item.get(asked.as_str().to_lowercase()).is_some())
}

fn components(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    schemas["Problem"] = schema::<ProblemBody>();
    schemas["FieldError"] = schema::<FieldError>();
    for (name, schema) in [
        ("Id", schema::<crate::schema::Id>()),
        ("At", schema::<crate::schema::At>()),
    ] {
        schemas[name] = schema;
    }
    document["components"]["securitySchemes"] =
        json!({"bearer": {"type": "http", "scheme": "bearer"}});
    let responses = problems()
        .into_iter()
        .map(|(status, codes)| (format!("Problem{status}"), response(status, &codes)));
    document["components"]["responses"] = Value::Object(responses.collect());
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = parameters();
}

fn schema<T: PartialSchema>() -> Value {
    serde_json::to_value(T::schema()).expect("a schema has a JSON form")
}

/// Every problem there is, by status.
fn problems() -> BTreeMap<u16, Vec<Problem>> {
    let mut by_status: BTreeMap<u16, Vec<Problem>> = BTreeMap::new();
    let rules = Code::ALL.iter().map(|code| Problem::from(*code));
    for problem in Trouble::ALL
        .iter()
        .map(|trouble| Problem::from(*trouble))
        .chain(rules)
    {
        by_status.entry(problem.status()).or_default().push(problem);
    }
    by_status
}

fn response(status: u16, problems: &[Problem]) -> Value {
    let example = |problem: &Problem| {
        let body = problem.clone().body(None);
        (
            problem.code().to_owned(),
            json!({"summary": body.title, "value": body}),
        )
    };
    let examples: Map<String, Value> = problems.iter().map(example).collect();
    let codes: Vec<&str> = problems.iter().map(Problem::code).collect();
    let mut response = json!({
        "description": codes.join(", "),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    });
    if status == 503 {
        response["headers"] =
            json!({"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}});
    }
    response
}

fn headers() -> Value {
    json!({
        "ETag": {"schema": {"type": "string"}, "description": "The version, quoted", "example": "\"7\""},
        "Docket-Log": {"schema": {"type": "string"}, "description": "The log and its incarnation", "example": "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41.1"},
        "Docket-Position": {"schema": {"type": "integer"}, "description": "The position in the log that was written or seen"},
        "Docket-Visible": {"schema": {"type": "boolean"}, "description": "Whether the views have seen the command's events"},
        "Docket-Behind": {"schema": {"type": "boolean"}, "description": "The answer has not seen `min_position`; only with `stale=ok`"},
    })
}

fn parameters() -> Value {
    let header = |name: &str, format: Option<&str>, text: &str| {
        let schema = format.map_or(
            json!({"type": "string"}),
            |format| json!({"type": "string", "format": format}),
        );
        json!({"name": name, "in": "header", "required": false, "schema": schema, "description": text})
    };
    json!({
        "DocketUnit": header("Docket-Unit", Some("uuid"), "The unit a person acts for"),
        "DocketLog": header("Docket-Log", None, "The log the client knows and its incarnation, `<log id>.<incarnation>` as every answer has it; another one answers OTHER_LOG"),
        "IfMatch": header("If-Match", None, "The version the client saw, quoted; another one answers STALE_VERSION"),
        "IdempotencyKey": header("Idempotency-Key", Some("uuid"), "Makes a retry answer what the first call answered"),
        "MinPosition": {
            "name": "min_position", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 0},
            "description": "Wait until this position has been seen, at most 2 s, then 503 BEHIND; 409 AHEAD_OF_LOG at once where the log ends before it",
        },
        "Stale": {
            "name": "stale", "in": "query", "required": false, "schema": {"type": "string", "enum": ["ok"]},
            "description": "Answer what there is instead, with `Docket-Behind`",
        },
    })
}

/// Adds to every operation what all of them share.
fn operations(document: &mut Value) {
    let Some(paths) = document["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                complete(path, method, operation);
            }
        }
    }
}

fn complete(path: &str, method: &str, operation: &mut Value) {
    let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
    let name = path
        .strip_prefix(PREFIX)
        .unwrap_or(path)
        .replace(['/', '.', '-', '{', '}'], "_");
    operation["operationId"] = json!(
        format!("{method}{name}")
            .trim_end_matches('_')
            .replace("__", "_")
    );
    let is_public = operation.get("security").is_some();
    let is_plain =
        ["health", "demo", "documents"].contains(&tag.as_str()) || path.contains("/workflows");
    let is_query = !is_plain && (method == "get" || path.ends_with("/worklist/search"));
    let is_command = !is_plain && !is_query;
    // What is asked of a node and not of the log has no version and no position.
    let is_of_node = is_command && path.contains("/admin/projections/");
    let mut shared = Vec::new();
    if !is_public {
        shared.push("DocketUnit");
    }
    if is_query {
        shared.extend(["MinPosition", "Stale"]);
    }
    if is_command {
        shared.push("IdempotencyKey");
    }
    if is_command && tag == "commands" && path.contains("{id}") && !path.contains("sections") {
        shared.push("IfMatch");
    }
    shared.push("DocketLog");
    add_parameters(operation, &shared);
    add_headers(operation, is_query, is_command && !is_of_node);
    add_problems(operation, is_public, is_command);
}

fn add_parameters(operation: &mut Value, shared: &[&str]) {
    let own = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let shared = shared
        .iter()
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    operation["parameters"] = Value::Array(own.into_iter().chain(shared).collect());
}

fn add_headers(operation: &mut Value, is_query: bool, is_command: bool) {
    let names: &[&str] = match (is_query, is_command) {
        (true, _) => &["Docket-Log", "Docket-Position", "Docket-Behind"],
        (_, true) => &["ETag", "Docket-Log", "Docket-Position", "Docket-Visible"],
        _ => &[],
    };
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, response) in responses {
        if status.starts_with('2') && !names.is_empty() {
            let reference = |name: &&str| {
                (
                    (*name).to_owned(),
                    json!({"$ref": format!("#/components/headers/{name}")}),
                )
            };
            response["headers"] = Value::Object(names.iter().map(reference).collect());
        }
    }
}

fn add_problems(operation: &mut Value, is_public: bool, is_command: bool) {
    let statuses: &[u16] = match (is_public, is_command) {
        (true, _) => &[404, 409, 422, 500, 503],
        (false, true) => &[400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 500, 503],
        (false, false) => &[401, 403, 404, 409, 422, 500, 503],
    };
    for status in statuses {
        let key = status.to_string();
        operation["responses"][key] =
            json!({"$ref": format!("#/components/responses/Problem{status}")});
    }
    if !operation["responses"]["501"].is_null() {
        operation["responses"]["501"] = json!({"$ref": "#/components/responses/Problem501"});
    }
}
