use super::follow::{Begun, JobBody};
use super::{Named, Operator};
use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::jobs::{self, JobKind, RepairedBody, Report, VerifiedBody, Wanted};
use crate::problem::Problem;
use axum::extract::State;
use docket_projection::Scope;
use serde::Deserialize;
use std::num::NonZeroU64;
use utoipa::ToSchema;

/// How much is looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// About so many streams; all of them if nothing is said.
    #[schema(value_type = Option<u64>, minimum = 1)]
    sample: Option<NonZeroU64>,
    /// Chooses the streams of a sample: the same ones for the same number. Drawn if nothing is
    /// said.
    seed: Option<u64>,
}

impl VerifyBody {
    fn scope(&self, app: &App) -> Result<Scope, Problem> {
        match (self.sample, self.seed) {
            (None, None) => Ok(Scope::All),
            (None, Some(_)) => Err(Problem::required("sample")),
            (Some(streams), seed) => {
                let drawn = || app.engine().entropy().uuid(app.now()).as_u64_pair().1;
                let seed = seed.unwrap_or_else(drawn);
                Ok(Scope::Sample { streams, seed })
            }
        }
    }
}

/// Compares the rows of a view with what the log asks for
///
/// For operators of the system. It goes on without the client; `Location` is where it is followed.
/// Differences are no failure: the report names them.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/verify",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    request_body = VerifyBody,
    responses((status = 202, body = JobBody)),
)]
pub async fn verify(
    State(app): State<App>,
    Operator(caller): Operator,
    Named(name): Named,
    asked: Asked<VerifyBody>,
) -> Result<Begun, Problem> {
    let scope = asked.body.scope(&app)?;
    let wanted = Wanted::new(JobKind::Verify, vec![name], &caller, asked.stamp);
    let job = jobs::begin(&app, wanted, move |app, job| async move {
        let views = &app.parts.views;
        let verified = views
            .verify(name, scope, &|progress| job.progress(progress))
            .await?;
        jobs::note(&app, verified.report(app.now())).await;
        Ok(Report::Verified(VerifiedBody::from(verified)))
    });
    Ok(Begun(job.await?))
}

/// Verifies a whole view and writes anew what is wrong, while it answers
///
/// For operators of the system. It goes on without the client; `Location` is where it is followed.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/repair",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    request_body = Nothing,
    responses((status = 202, body = JobBody)),
)]
pub async fn repair(
    State(app): State<App>,
    Operator(caller): Operator,
    Named(name): Named,
    asked: Asked<Nothing>,
) -> Result<Begun, Problem> {
    let wanted = Wanted::new(JobKind::Repair, vec![name], &caller, asked.stamp);
    let job = jobs::begin(&app, wanted, move |app, job| async move {
        let views = &app.parts.views;
        let repaired = views
            .repair(name, &|progress| job.progress(progress))
            .await?;
        jobs::note(&app, repaired.report(app.now())).await;
        Ok(Report::Repaired(RepairedBody::from(repaired)))
    });
    Ok(Begun(job.await?))
}
