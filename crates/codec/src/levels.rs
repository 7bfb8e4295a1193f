//! The level at which each form of an event came (docs/adr/0009-the-log-has-a-level.md).

use docket_domain::Event;
use docket_domain::log::Level;

/// The newest level this build reads and writes.
pub const LEVEL: Level = LEVELS.len() as Level;

/// Event types with their schemas, by the level they came with: the first line is level 1. What
/// stands in a released level stays there, because released nodes know the level by it.
const LEVELS: &[&[(&str, u16)]] = &[
    &[
        ("AcceptedFinal", 1),
        ("ApprovedAndPublicized", 1),
        ("CalendarYearLoaded", 1),
        ("ClaimFreed", 1),
        ("ClaimTaken", 1),
        ("CommitteeAccepted", 1),
        ("CommitteeCreated", 1),
        ("CommitteePlanSaved", 1),
        ("ContactsSaved", 1),
        ("DefinitionPublished", 1),
        ("DraftCreated", 1),
        ("DraftDeleted", 1),
        ("HandlerChanged", 1),
        ("IssuingAuthorityGranted", 1),
        ("IssuingAuthorityRevoked", 1),
        ("LegalUserAssigned", 1),
        ("LevelRaised", 1),
        ("LogCreated", 1),
        ("LogRestored", 1),
        ("OperatorLinked", 1),
        ("OperatorMenusSaved", 1),
        ("OperatorRemoved", 1),
        ("PersonRegistered", 1),
        ("RecognitionSettingSaved", 1),
        ("ReportWithdrawn", 1),
        ("Reported", 1),
        ("Reported", 2),
        ("Resubmitted", 1),
        ("Returned", 1),
        ("ReviewConcluded", 1),
        ("SectionSaved", 1),
        ("SectionSaved", 2),
        ("SeriesDefined", 1),
        ("SignOffToggled", 1),
        ("SignedFor", 1),
        ("Submitted", 1),
        ("SystemRoleGranted", 1),
        ("Terminated", 1),
        ("UnitProfileChanged", 1),
        ("UnitProfileCompleted", 1),
        ("UnitRegistered", 1),
        ("YearLockCreated", 1),
    ],
    #[cfg(feature = "next-level")]
    &[("SignedFor", 2)],
];

/// The level at which a form of an event came; `None` for one that this build does not know.
pub fn level_of(kind: &str, schema: u16) -> Option<Level> {
    let came = LEVELS
        .iter()
        .position(|forms| forms.contains(&(kind, schema)));
    came.and_then(|at| Level::try_from(at + 1).ok())
}

/// The newest schema of a type that may be written at a level of the log; `None` where the whole
/// type came later.
pub(crate) fn schema_at(event: &Event, level: Level) -> Option<u16> {
    if level >= LEVEL {
        return Some(event.schema());
    }
    (1..=event.schema())
        .rev()
        .find(|schema| level_of(event.kind(), *schema).is_some_and(|came| came <= level))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::versions;
    use std::collections::BTreeSet;

    #[test]
    fn every_form_of_an_event_came_with_one_level() {
        let listed: Vec<_> = LEVELS.iter().copied().flatten().copied().collect();
        let known: BTreeSet<_> = versions().into_iter().collect();
        assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), known);
        assert_eq!(listed.len(), known.len(), "a form stands twice");
    }

    #[test]
    fn a_later_schema_never_came_at_an_earlier_level() {
        for (kind, schema) in versions().into_iter().filter(|(_, schema)| *schema > 1) {
            let (before, after) = (level_of(kind, schema - 1), level_of(kind, schema));
            assert!(before.unwrap() <= after.unwrap(), "{kind} {schema}");
        }
    }

    #[test]
    fn what_tells_a_node_that_it_is_too_old_is_read_by_every_node() {
        for kind in ["LogCreated", "LevelRaised"] {
            assert_eq!(level_of(kind, 1), Some(1));
            assert_eq!(level_of(kind, 2), None, "{kind} keeps schema 1 for ever");
        }
    }
}
