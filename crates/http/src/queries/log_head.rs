use crate::answer::Answer;
use crate::app::App;
use crate::params::Params;
use crate::problem::{Problem, Trouble};
use crate::schema::{At, Id};
use axum::extract::State;
use docket_domain::time::Instant;
use docket_store::RootBuilder;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Leaves read at once.
const PAGE: u64 = 4_096;

/// The published head of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogHead {
    #[schema(value_type = Id)]
    log_id: Uuid,
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
/// Whoever keeps one can prove later that nothing before it was changed or left out.
#[utoipa::path(
    get,
    path = "/log/head",
    tag = "audit",
    security(()),
    responses((status = 200, body = LogHead)),
)]
pub async fn log_head(State(app): State<App>, params: Params) -> Result<Answer<LogHead>, Problem> {
    let seen = params.settled(&app).await?;
    let log = app.engine().log();
    let mut root = app.root.lock().await;
    let head = log.head().await?;
    catch_up(&app, &mut root, head.position).await?;
    let body = LogHead {
        log_id: log.id(),
        size: root.size(),
        root: hex::encode(root.root()),
        at: Instant::from_micros(head.recorded_at),
    };
    Ok(Answer::new(seen, body))
}

/// Folds the leaves up to a position that are not folded yet.
async fn catch_up(app: &App, root: &mut RootBuilder, to: u64) -> Result<(), Problem> {
    while root.size() < to {
        let wanted = usize::try_from(PAGE.min(to - root.size())).map_err(|_| Trouble::Internal)?;
        let leaves = app.engine().log().leaves(root.size(), wanted).await?;
        if leaves.is_empty() {
            return Err(Trouble::Corrupt.into());
        }
        leaves.into_iter().for_each(|leaf| root.push(leaf));
    }
    Ok(())
}
