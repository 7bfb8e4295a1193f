use super::finding::{Finding, Verdict};
use crate::backend::Backend;
use crate::check;
use crate::output::Output;
use docket_codec::KeyRing;
use docket_verify::VerifyError;

/// Whether the log is proven, and on SQLite whether the file's pages are sound.
pub async fn examine(
    backend: &Backend,
    ring: Option<&KeyRing>,
    output: Output,
) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![proven(backend, ring, output).await?];
    if let Backend::Sqlite(log) = backend {
        let wrong = log.quick_check().await?;
        let found = match wrong.first() {
            None => "every page is sound".to_owned(),
            Some(first) => format!("{} faults: {first}", wrong.len()),
        };
        let advice = "the file is damaged: restore the backup, and look at the disk";
        let verdict = Verdict::unless(wrong.is_empty(), Verdict::Wrong);
        findings.push(Finding::of("pages", verdict, found, advice));
    }
    Ok(findings)
}

async fn proven(
    backend: &Backend,
    ring: Option<&KeyRing>,
    output: Output,
) -> anyhow::Result<Finding> {
    let report = match check::run(backend, ring, None, output).await {
        Ok(report) => report,
        Err(VerifyError::KeyFile(error)) => {
            let advice = "name the log's own key file in DOCKET_KEY_FILE";
            return Ok(Finding::of("log", Verdict::Wrong, error, advice));
        }
        Err(VerifyError::Log(error)) => return Err(error.into()),
    };
    let (verdict, found) = match report.findings.shown().first() {
        Some(first) => (
            Verdict::Wrong,
            format!(
                "{} findings ({}); the first: {}",
                report.findings.total(),
                check::by_part(&report),
                check::line(first)
            ),
        ),
        None if ring.is_none() => (
            Verdict::Warning,
            format!(
                "{}; nothing is wrong, as far as can be seen without the key file",
                check::checked(&report)
            ),
        ),
        None => (
            Verdict::Fine,
            format!("{}; nothing is wrong", check::checked(&report)),
        ),
    };
    let advice =
        "docket log verify names every place; keep the files as they are, and restore a backup";
    Ok(Finding::of("log", verdict, found, advice))
}
