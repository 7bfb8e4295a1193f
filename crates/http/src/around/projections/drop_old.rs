use super::follow::Ended;
use super::{Named, Operator};
use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::jobs::{self, DroppedBody, JobKind, Report, Wanted};
use crate::problem::Problem;
use axum::extract::State;

/// Drops what is kept of a view before its time
///
/// For operators of the system. What other versions of Docket have left and nobody uses goes too;
/// there is no rollback after it.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/drop-old",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    request_body = Nothing,
    responses((status = 200, body = DroppedBody)),
)]
pub async fn drop_old(
    State(app): State<App>,
    Operator(caller): Operator,
    Named(name): Named,
    asked: Asked<Nothing>,
) -> Result<Ended, Problem> {
    let wanted = Wanted::new(JobKind::DropOld, vec![name], &caller, asked.stamp);
    let job = jobs::begin(&app, wanted, move |app, _| async move {
        let dropped = app.parts.views.drop_old(name).await?;
        Ok(Report::Dropped(DroppedBody::from(dropped)))
    });
    Ended::of(job.await?).await
}
