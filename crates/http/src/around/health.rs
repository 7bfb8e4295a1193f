use crate::app::App;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
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
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses((status = 200, body = Health)))]
pub async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    app.engine().level().await?;
    let head = app.engine().log().head().await?.position;
    let mut views = app.reads.of_declarations().to_vec();
    views.push(app.reads.directory.view());
    for view in views {
        view.wait(head, CATCH_UP).await?;
    }
    Ok(Json(Health { status: "ok" }))
}
