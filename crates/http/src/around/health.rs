use crate::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use docket_store::read_proven;
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long readiness waits for the views to reach the log's head.
const CATCH_UP: Duration = Duration::from_millis(500);

/// The state of a node.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Answers while the process runs
#[utoipa::path(get, path = "/livez", tag = "health", security(()), responses((status = 200, body = Health)))]
pub async fn livez() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Answers while the log can be read, this node knows its level, and the views follow it
///
/// A log that has lost events is told as `log_restored` and keeps the node where it is asked: clients
/// get their answer from there. Of the events only the first and the last are looked at; one that is
/// not what its leaf says fails, because then it is no longer the log that this node works on.
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses((status = 200, body = Health)))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    let log = app.engine().log();
    if log.loss().is_some() {
        let status = "log_restored";
        return Ok(Json(Health { status }));
    }
    app.engine().level().await?;
    let head = log.head().await?.position;
    for position in [1, head] {
        let proven = read_proven(log.as_ref(), position.saturating_sub(1), 1).await;
        proven.map_err(|error| Problem::from(error).with_status(503))?;
    }
    let mut views = app.reads.of_declarations().to_vec();
    views.push(app.reads.directory.view());
    for view in views {
        view.wait(head, CATCH_UP).await?;
    }
    Ok(Json(Health { status: "ok" }))
}
