use super::follow::{Begun, JobBody};
use super::{NamedOrAll, Operator};
use crate::app::App;
use crate::body::Asked;
use crate::jobs::{self, JobKind, RebuiltBody, Report, Wanted};
use crate::problem::Problem;
use axum::extract::State;
use docket_projection::{Gate, Pace, Rebuild, ViewError};
use serde::Deserialize;
use std::num::NonZeroUsize;
use utoipa::ToSchema;

/// The most ranges read at the same time.
const JOBS_MAX: usize = 64;

/// How a rebuild is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RebuildBody {
    /// What a difference from the live view means; `strict` if nothing is said.
    #[serde(default)]
    gate: GateCode,
    /// How much is left to those who work meanwhile; `full` if nothing is said.
    #[serde(default)]
    pace: PaceCode,
    /// Ranges of streams that are read at the same time; as many as there are cores if nothing is
    /// said.
    #[schema(value_type = Option<usize>, minimum = 1, maximum = 64)]
    jobs: Option<NonZeroUsize>,
}

/// What a difference from the live view means.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateCode {
    /// Nothing is switched.
    #[default]
    Strict,
    /// It is reported, and the new generation answers.
    Report,
}

/// How much a rebuild leaves to those who work meanwhile.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaceCode {
    /// As fast as it goes.
    #[default]
    Full,
    /// One range at a time, with pauses.
    Polite,
}

impl RebuildBody {
    fn how(&self) -> Result<Rebuild, Problem> {
        if self.jobs.is_some_and(|jobs| jobs.get() > JOBS_MAX) {
            return Err(Problem::field("jobs", "不能超过 64"));
        }
        let usual = Rebuild::default();
        Ok(Rebuild {
            gate: match self.gate {
                GateCode::Strict => Gate::Strict,
                GateCode::Report => Gate::Report,
            },
            pace: match self.pace {
                PaceCode::Full => Pace::Full,
                PaceCode::Polite => Pace::Polite,
            },
            jobs: self.jobs.unwrap_or(usual.jobs),
        })
    }
}

/// Builds a view anew beside the one that answers, compares the two and switches
///
/// For operators of the system. It goes on without the client; `Location` is where it is followed.
/// One such job at a time on a node: another one is refused with JOB_RUNNING.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/rebuild",
    tag = "operations",
    params(("name" = String, Path, description = "The view, or `all` for all in one pass", example = "worklist")),
    request_body = RebuildBody,
    responses((status = 202, body = JobBody)),
)]
pub async fn rebuild(
    State(app): State<App>,
    Operator(caller): Operator,
    NamedOrAll(names): NamedOrAll,
    asked: Asked<RebuildBody>,
) -> Result<Begun, Problem> {
    let how = asked.body.how()?;
    let wanted = Wanted::new(JobKind::Rebuild, names.clone(), &caller, asked.stamp);
    let job = jobs::begin(&app, wanted, |app, job| async move {
        let views = &app.parts.views;
        let rebuilt = views
            .rebuild(&names, how, &|progress| job.progress(progress))
            .await;
        if let Err(ViewError::Different(refused)) = &rebuilt {
            for view in refused {
                jobs::note(&app, view.report(app.now())).await;
            }
        }
        let rebuilt = rebuilt?;
        for view in &rebuilt {
            jobs::note(&app, view.report(app.now())).await;
        }
        Ok(Report::Rebuilt(RebuiltBody::from(rebuilt)))
    });
    Ok(Begun(job.await?))
}
