//! What is kept of jobs: in the security audit that each was begun, by whom, and what came of it;
//! beside the views what was found out about them.

use super::{Failed, Job, JobKind, Report};
use crate::app::App;
use crate::problem::Trouble;
use docket_engine::Failure;
use docket_store::AuditEntry;

/// Somebody may do it and it begins.
pub(super) async fn begun(app: &App, job: &Job) -> Result<(), Failure> {
    app.engine()
        .audit(vec![entry(app, job, "begun", None)])
        .await
}

/// It is over.
pub(super) async fn ended(
    app: &App,
    job: &Job,
    result: &Result<Report, Failed>,
) -> Result<(), Failure> {
    let entry = match result {
        Ok(report) => {
            let differs = report.differs().then(|| Trouble::ViewsDiffer.code());
            entry(app, job, "done", differs)
        }
        Err(failed) => entry(app, job, "failed", Some(failed.problem.code())),
    };
    app.engine().audit(vec![entry]).await
}

fn entry(app: &App, job: &Job, result: &str, code: Option<&str>) -> AuditEntry {
    let wanted = &job.wanted;
    let mut subject = format!("projection/{}", wanted.views.join(","));
    if let Some(stream) = &wanted.stream {
        subject.push_str(&format!(" {stream}"));
    }
    AuditEntry {
        at: app.now().micros(),
        actor: Some(wanted.by.0),
        unit: None,
        action: action(wanted.kind).to_owned(),
        subject: Some(subject),
        result: result.to_owned(),
        code: code.map(str::to_owned),
        correlation: wanted.stamp.correlation().map(str::to_owned),
    }
}

fn action(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Rebuild => "rebuild_view",
        JobKind::Verify => "verify_view",
        JobKind::Repair => "repair_view",
        JobKind::Rollback => "roll_back_view",
        JobKind::Retry => "retry_parked",
        JobKind::DropOld => "drop_old_views",
    }
}

/// Keeps what was found out about a view. That it cannot be kept changes nothing in what was found.
pub async fn note(app: &App, report: docket_projection::Report) {
    if let Err(error) = app.parts.views.note_report(&report).await {
        tracing::warn!(%error, view = report.name, "what was found out about a view is not kept");
    }
}
