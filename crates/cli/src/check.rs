//! A whole check of the log, as the verbs and the server run it, and how it is told.

use crate::backend::Backend;
use crate::output::Output;
use crate::progress::Progress;
use docket_codec::{KeyError, KeyRing};
use docket_domain::time::Instant;
use docket_store::PublishedHead;
use docket_verify::{Check, Finding, Phase, Report, VerifyError, verify};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;

/// The key file if there is one. A check goes on without it, and says what it could not see.
///
/// # Errors
/// When there is one that cannot be used.
pub fn ring(path: &Path) -> Result<Option<KeyRing>, KeyError> {
    match KeyRing::open(path) {
        Ok(ring) => Ok(Some(ring)),
        Err(KeyError::Absent { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Checks a log, with progress on stderr.
///
/// # Errors
/// When it cannot be checked; what is wrong with it is in the report.
pub async fn run(
    backend: &Backend,
    ring: Option<&KeyRing>,
    head: Option<PublishedHead>,
    output: Output,
) -> Result<Report, VerifyError> {
    let bar = Bar {
        output,
        shown: Mutex::new(None),
    };
    let check = Check {
        ring,
        head,
        polite: false,
    };
    let log = backend.inspect();
    let report = verify(log.as_ref(), check, &|progress| bar.at(progress)).await;
    bar.clear();
    report
}

/// One line of progress for each phase.
struct Bar {
    output: Output,
    shown: Mutex<Option<(Phase, Progress)>>,
}

impl Bar {
    fn at(&self, progress: docket_verify::Progress) {
        let mut shown = self.shown.lock().unwrap_or_else(|lock| lock.into_inner());
        let phase = progress.phase;
        if shown.as_ref().is_none_or(|(before, _)| *before != phase) {
            if let Some((_, before)) = shown.take() {
                before.finish();
            }
            let name = format!("verify, {}", phase.name());
            *shown = Some((
                phase,
                Progress::new(self.output, &name, progress.total, "rows"),
            ));
        }
        if let Some((_, bar)) = &*shown {
            bar.at(progress.done);
        }
    }

    fn clear(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(|lock| lock.into_inner());
        if let Some((_, bar)) = shown.take() {
            bar.finish();
        }
    }
}

/// A report for machines.
pub fn as_json(report: &Report) -> Value {
    let counts = &report.counts;
    let by_part = report.findings.counts().iter();
    let by_part: serde_json::Map<String, Value> = by_part
        .map(|(part, count)| (part.code().to_owned(), json!(count)))
        .collect();
    let shown = report.findings.shown().iter();
    let shown: Vec<Value> = shown
        .map(|finding| {
            json!({
                "part": finding.part.code(),
                "position": finding.position,
                "stream": finding.stream,
                "what": finding.what,
            })
        })
        .collect();
    let unchecked = report.unchecked.iter();
    let unchecked: Vec<Value> = unchecked
        .map(|what| json!({ "code": what.code(), "what": what.to_string() }))
        .collect();
    json!({
        "whole": report.is_whole(),
        "size": report.size,
        "root": report.root.map(hex::encode),
        "at": Instant::from_micros(report.recorded_at),
        "checked": {
            "events": counts.events,
            "events_opened": counts.opened,
            "events_erased": counts.erased,
            "events_unknown": counts.unknown,
            "documents": counts.documents,
            "documents_erased": counts.documents_erased,
            "documents_superseded": counts.documents_superseded,
            "keys": counts.keys,
            "keys_destroyed": counts.keys_destroyed,
        },
        "findings_total": report.findings.total(),
        "findings_by_part": by_part,
        "findings": shown,
        "unchecked": unchecked,
    })
}

/// What was checked, in one line.
pub fn checked(report: &Report) -> String {
    let counts = &report.counts;
    format!(
        "{} events, every hash recomputed, {} sealed parts opened, {} erased; {} documents, {} \
         superseded, {} erased; {} keys, {} destroyed",
        counts.events,
        counts.opened,
        counts.erased,
        counts.documents,
        counts.documents_superseded,
        counts.documents_erased,
        counts.keys,
        counts.keys_destroyed
    )
}

/// One finding, in one line: where, what about, what.
pub fn line(finding: &Finding) -> String {
    let place = match (finding.position, &finding.stream) {
        (Some(position), _) => format!("position {position}"),
        (None, Some(stream)) => format!("stream {}", stream.escape_debug()),
        (None, None) => "database".to_owned(),
    };
    format!(
        "{place}: {}: {}",
        finding.part.code(),
        finding.what.escape_debug()
    )
}

/// How many findings there are of each part, such as `2 event, 1 key`.
pub fn by_part(report: &Report) -> String {
    let counts = report.findings.counts().iter();
    let counts: Vec<String> = counts
        .map(|(part, count)| format!("{count} {}", part.code()))
        .collect();
    counts.join(", ")
}
