//! Whether all of it was right: the checker, the log's own hashes, and the read models against a
//! replay.

use crate::arena::Arena;
use docket_domain::vocabulary::StepState;
use docket_domain::{DeclarationId, State, Stream, UnitId};
use docket_testkit::linear::{Answer, Call, History, What, Witness, check};
use std::collections::BTreeMap;
use std::fmt;

/// Faults shown at most.
const SHOWN: usize = 10;

/// What a history was made of.
#[derive(Debug, Default)]
pub struct Summary {
    pub accepted: usize,
    pub refused: BTreeMap<String, usize>,
    pub unknown: usize,
    pub pages: usize,
    pub events: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: usize = self.refused.values().sum();
        write!(
            f,
            "{} accepted, {refused} refused, {} unknown, {} pages, {} events; {:?}",
            self.accepted, self.unknown, self.pages, self.events, self.refused
        )
    }
}

/// Holds everything against the log, and the read models against a replay of it.
///
/// # Panics
/// When anything is wrong.
pub async fn judge(arena: &Arena, base: u64, calls: Vec<Call>) -> (Summary, Witness) {
    let mut summary = Summary::default();
    for call in &calls {
        match &call.what {
            What::Command { answer, .. } => match answer {
                Answer::Accepted(_) => summary.accepted += 1,
                Answer::Refused(code) => *summary.refused.entry(code.clone()).or_default() += 1,
                Answer::Unknown => summary.unknown += 1,
            },
            What::Worklist { page, .. } => summary.pages += usize::from(page.is_some()),
        }
    }
    let witness = Witness::new(arena.entries().await);
    summary.events = witness.head() - base;
    let faults = check(&History { base, calls }, &witness);
    let shown: Vec<String> = faults.iter().take(SHOWN).map(ToString::to_string).collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}\n{summary}",
        faults.len(),
        shown.join("\n")
    );
    whole(arena);
    (summary, witness)
}

/// The log's hashes, and every read model rebuilt and compared.
pub fn whole(arena: &Arena) {
    for verb in [&["log", "verify"][..], &["projections", "rebuild", "--all"]] {
        let output = arena.docket(verb);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{verb:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Whether every declaration of a crowd was signed for at its unit, once.
pub fn all_signed_once(witness: &Witness, unit: UnitId, crowd: &[DeclarationId]) {
    for id in crowd {
        let stream = Stream::declaration(*id);
        let seen = witness.seen(&stream, witness.head());
        let State::Declaration(Some(declaration)) = seen.state.as_ref() else {
            panic!("{id} is gone");
        };
        let step = declaration.step_shown_to(unit).unwrap();
        assert_eq!(step.state, StepState::ToReview, "{id}");
    }
    let signed = witness
        .between(1, witness.head())
        .iter()
        .filter(|entry| entry.envelope.event.kind() == "SignedFor")
        .filter(|entry| {
            crowd
                .iter()
                .any(|id| entry.stream == Stream::declaration(*id))
        });
    assert_eq!(signed.count(), crowd.len());
}
