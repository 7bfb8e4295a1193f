use super::{Offence, Tree};
use std::collections::BTreeSet;

const SCHEMAS: &str = "schemas/events/";
const SAMPLES: &str = "fixtures/events/";

/// Every schema of an event has a stored sample and the other way round, and no version is left
/// out below one that is there. `tests/generated/` compares both with the code.
pub(super) fn siblings(tree: &Tree) -> Vec<Offence> {
    let (schemas, samples) = (names(tree, SCHEMAS), names(tree, SAMPLES));
    let mut offences = Vec::new();
    for name in schemas.difference(&samples) {
        offences.push(missing(
            SAMPLES,
            name,
            "store one sample as this version writes it",
        ));
    }
    for name in samples.difference(&schemas) {
        offences.push(missing(
            SCHEMAS,
            name,
            "write the JSON Schema of its two halves",
        ));
    }
    for name in &schemas {
        if let Some(older) = older(name).filter(|older| !schemas.contains(older.as_str())) {
            offences.push(missing(
                SCHEMAS,
                &older,
                "old versions stay for ever: the log still holds them",
            ));
        }
    }
    offences
}

fn names<'a>(tree: &'a Tree, folder: &str) -> BTreeSet<&'a str> {
    tree.files
        .keys()
        .filter_map(|path| path.strip_prefix(folder)?.strip_suffix(".json"))
        .collect()
}

fn missing(folder: &str, name: &str, remedy: &str) -> Offence {
    Offence::new(&format!("{folder}{name}.json"), 1, "it is missing", remedy)
}

/// The name of the version before: `Reported.v1` of `Reported.v2`.
fn older(name: &str) -> Option<String> {
    let (kind, version) = name.rsplit_once(".v")?;
    let version: u16 = version.parse().ok()?;
    (version > 1).then(|| format!("{kind}.v{}", version - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_schema_a_lone_sample_and_a_gap_are_named() {
        let fine = [
            ("schemas/events/A.v1.json", ""),
            ("fixtures/events/A.v1.json", ""),
        ];
        assert_eq!(siblings(&Tree::of(&fine)), []);
        let tree = Tree::of(&[
            ("schemas/events/A.v1.json", ""),
            ("fixtures/events/B.v1.json", ""),
            ("schemas/events/C.v2.json", ""),
            ("fixtures/events/C.v2.json", ""),
        ]);
        let found: Vec<_> = siblings(&tree)
            .into_iter()
            .map(|offence| offence.file)
            .collect();
        assert_eq!(
            found,
            [
                "fixtures/events/A.v1.json",
                "schemas/events/B.v1.json",
                "schemas/events/C.v1.json"
            ]
        );
    }
}
