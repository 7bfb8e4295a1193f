use super::follow::Ended;
use super::{Named, Operator};
use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::jobs::{self, JobKind, Report, RolledBackBody, Wanted};
use crate::problem::Problem;
use axum::extract::State;

/// Lets the generation that was replaced last answer again
///
/// For operators of the system. It catches up first, while the present one answers; the present one
/// is kept then, so that a second rollback goes forward again. Across versions of Docket the older
/// program has a generation of its own.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/rollback",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    request_body = Nothing,
    responses((status = 200, body = RolledBackBody)),
)]
pub async fn rollback(
    State(app): State<App>,
    Operator(caller): Operator,
    Named(name): Named,
    asked: Asked<Nothing>,
) -> Result<Ended, Problem> {
    let wanted = Wanted::new(JobKind::Rollback, vec![name], &caller, asked.stamp);
    let job = jobs::begin(&app, wanted, move |app, job| async move {
        let views = &app.parts.views;
        let back = views
            .roll_back(name, &|progress| job.progress(progress))
            .await?;
        Ok(Report::RolledBack(RolledBackBody::from(back)))
    });
    Ended::of(job.await?).await
}
