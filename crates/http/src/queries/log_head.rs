use crate::answer::{Answer, BEHIND_WAIT};
use crate::app::App;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::{At, Id};
use axum::extract::State;
use docket_domain::log::Incarnation;
use docket_domain::time::Instant;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The published head of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogHead {
    #[schema(value_type = Id)]
    log_id: Uuid,
    /// 1, and one more with each loss of events that an operator accepted.
    incarnation: Incarnation,
    /// How many events there are.
    size: u64,
    /// The RFC 6962 root over their leaves, hex.
    root: String,
    /// The time of the newest event.
    #[schema(value_type = At)]
    at: Instant,
}

/// Publishes the head of the log
///
/// Whoever keeps one can prove later that nothing before it was changed or left out. The node has
/// computed every leaf from the stored event. After its start it answers 503 BEHIND until it has
/// come to the end, and 503 CORRUPT, with the position, where an event is not what its leaf says.
#[utoipa::path(
    get,
    path = "/log/head",
    tag = "audit",
    security(()),
    responses((status = 200, body = LogHead)),
)]
pub async fn log_head(State(app): State<App>, params: Params) -> Result<Answer<LogHead>, Problem> {
    let mut seen = params.settled(&app).await?;
    let state = app.parts.head.hashed(seen.position, BEHIND_WAIT).await;
    if let Some((position, _)) = state.corrupt {
        return Err(Problem::corrupt_at(position).with_status(503));
    }
    let head = state.published.filter(|head| head.size >= seen.position);
    let Some(head) = head else {
        let detail = format!("已校验 {} 条，共 {} 条", state.hashed, seen.position);
        return Err(Problem::behind(state.hashed).with_detail(detail));
    };
    seen.position = head.size;
    let body = LogHead {
        log_id: app.engine().log().id(),
        incarnation: app.parts.head.incarnation(),
        size: head.size,
        root: hex::encode(head.root),
        at: head.at,
    };
    Ok(Answer::new(seen, body))
}
