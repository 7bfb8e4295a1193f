use crate::answer::{DOCKET_POSITION, DOCKET_VISIBLE};
use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::refused;
use crate::schema::Id;
use crate::stamp::Stamp;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Command, DeclarationId};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items of one request.
const ITEMS_MAX: usize = 200;
/// Items under way at once; the log takes them together.
const AT_ONCE: usize = 32;

/// The ticked rows.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"items": [{"declaration_id": "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41", "version": 7}]}))]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// At most 200.
    #[schema(max_items = 200, min_items = 1)]
    items: Vec<BatchItem>,
}

/// A ticked row.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchItem {
    /// The declaration.
    #[schema(value_type = Id)]
    declaration_id: DeclarationId,
    /// The version the client saw, if it should still stand there.
    version: Option<u64>,
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResults {
    /// One for each item, in the order asked.
    results: Vec<BatchResult>,
    /// Position of the last event; the head of the log where nothing was done.
    position: u64,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// The declaration.
    #[schema(value_type = Id)]
    declaration_id: DeclarationId,
    /// Whether it was done.
    done: bool,
    /// Its version now, where it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemBody>,
}

/// Signs for the ticked rows
///
/// 签收, each row by itself.
#[utoipa::path(
    post,
    path = "/worklist/actions/sign",
    tag = "commands",
    request_body = BatchBody,
    responses((status = 200, body = BatchResults)),
)]
pub async fn sign(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<BatchBody>,
) -> Result<Response, Problem> {
    each(&app, &caller, asked, &DeclarationCommand::Sign).await
}

/// Takes the ticked rows over
///
/// 变更办理人, each row by itself.
#[utoipa::path(
    post,
    path = "/worklist/actions/reassign",
    tag = "commands",
    request_body = BatchBody,
    responses((status = 200, body = BatchResults)),
)]
pub async fn reassign(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<BatchBody>,
) -> Result<Response, Problem> {
    each(&app, &caller, asked, &DeclarationCommand::Reassign).await
}

/// Withdraws the reports of the ticked rows
///
/// 撤回报送, each row by itself.
#[utoipa::path(
    post,
    path = "/worklist/actions/withdraw",
    tag = "commands",
    request_body = BatchBody,
    responses((status = 200, body = BatchResults)),
)]
pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<BatchBody>,
) -> Result<Response, Problem> {
    each(&app, &caller, asked, &DeclarationCommand::Withdraw).await
}

/// Executes a command on every item. A key covers each item by itself.
async fn each(
    app: &App,
    caller: &Caller,
    asked: Asked<BatchBody>,
    command: &DeclarationCommand,
) -> Result<Response, Problem> {
    caller.unit()?;
    match asked.body.items.len() {
        0 => return Err(Problem::required("items")),
        1..=ITEMS_MAX => {}
        _ => return Err(Problem::field("items", "一次最多 200 条")),
    }
    let stamp = &asked.stamp;
    let work = asked
        .body
        .items
        .into_iter()
        .map(|item| one(app, caller, stamp, item, command.clone()));
    let done: Vec<(BatchResult, Option<u64>)> = futures::stream::iter(work)
        .buffered(AT_ONCE)
        .collect()
        .await;
    let newest = done.iter().filter_map(|(_, position)| *position).max();
    let position = match newest {
        Some(position) => position,
        None => app.engine().log().head().await?.position,
    };
    let visible = app.visible(&app.reads.of_declarations(), position).await;
    let results = done.into_iter().map(|(result, _)| result).collect();
    let mut response = Json(BatchResults { results, position }).into_response();
    response
        .headers_mut()
        .insert(DOCKET_POSITION, position.into());
    let visible = if visible { "true" } else { "false" };
    response
        .headers_mut()
        .insert(DOCKET_VISIBLE, HeaderValue::from_static(visible));
    Ok(response)
}

async fn one(
    app: &App,
    caller: &Caller,
    stamp: &Stamp,
    item: BatchItem,
    command: DeclarationCommand,
) -> (BatchResult, Option<u64>) {
    let id = item.declaration_id;
    let result = |done, version, problem| BatchResult {
        declaration_id: id,
        done,
        version,
        problem,
    };
    let order = stamp.item(
        caller,
        Command::Declaration { id, command },
        &id.to_string(),
        item.version,
    );
    match app.execute(order).await {
        Ok(accepted) => (
            result(true, Some(accepted.version), None),
            Some(accepted.position),
        ),
        Err(failure) => {
            let problem = refused::by_declaration(app, id, failure).await;
            (result(false, None, Some(problem.body(None))), None)
        }
    }
}
