//! Old schemas of events, each lifted one step at a time to today's.

use docket_domain::Event;
use serde_json::{Map, Value, json};

/// The two halves of an event on their way up.
struct Halves {
    payload: Map<String, Value>,
    /// Absent where the event has none, or where it was erased.
    personal: Option<Map<String, Value>>,
}

/// One step from a schema to the next.
struct Upcaster {
    kind: &'static str,
    from: u16,
    /// Says what is wrong when the halves are not of schema `from`.
    lift: fn(&mut Halves) -> Result<(), &'static str>,
}

/// Every step there is, by type and schema.
const UPCASTERS: &[Upcaster] = &[
    Upcaster {
        kind: "Reported",
        from: 1,
        lift: reported_1,
    },
    Upcaster {
        kind: "SectionSaved",
        from: 1,
        lift: section_saved_1,
    },
];

/// Schema 1 had the two days of 公示时间 side by side.
fn reported_1(halves: &mut Halves) -> Result<(), &'static str> {
    let start = halves.payload.remove("publicity_start");
    let end = halves.payload.remove("publicity_end");
    match (start, end) {
        (None, None) => Ok(()),
        (Some(start), Some(end)) => {
            halves.payload.insert(
                "publicity".to_owned(),
                json!({ "start": start, "end": end }),
            );
            Ok(())
        }
        _ => Err("a publicity with one end only"),
    }
}

/// Schema 1 knew one form of each section, and called `bytes` `size`.
fn section_saved_1(halves: &mut Halves) -> Result<(), &'static str> {
    let bytes = halves
        .payload
        .remove("size")
        .ok_or("a section without its size")?;
    halves.payload.insert("bytes".to_owned(), bytes);
    halves.payload.insert("form".to_owned(), json!(1));
    Ok(())
}

/// Every event type and schema that this build reads: those written today and all older ones.
pub fn versions() -> Vec<(&'static str, u16)> {
    let old = UPCASTERS
        .iter()
        .map(|upcaster| (upcaster.kind, upcaster.from));
    let mut versions: Vec<_> = Event::TYPES.iter().copied().chain(old).collect();
    versions.sort_unstable();
    versions
}

/// Whether a type is read in a schema.
pub(crate) fn knows(kind: &str, schema: u16) -> bool {
    today(kind)
        .is_some_and(|today| today == schema || (schema < today && find(kind, schema).is_some()))
}

/// An event lifted to today's schema.
#[derive(Debug)]
pub(crate) struct Today {
    pub schema: u16,
    pub payload: String,
    pub personal: Option<String>,
}

/// Lifts a known old event; `None` when it is of today's schema already.
pub(crate) fn to_today(
    kind: &str,
    schema: u16,
    payload: &str,
    personal: Option<&str>,
) -> Option<Result<Today, &'static str>> {
    find(kind, schema)?;
    Some(lift(kind, schema, payload, personal))
}

fn lift(
    kind: &str,
    mut schema: u16,
    payload: &str,
    personal: Option<&str>,
) -> Result<Today, &'static str> {
    let object = |text| serde_json::from_str(text).map_err(|_| "a half that is no JSON object");
    let mut halves = Halves {
        payload: object(payload)?,
        personal: personal.map(object).transpose()?,
    };
    while let Some(upcaster) = find(kind, schema) {
        (upcaster.lift)(&mut halves)?;
        schema += 1;
    }
    let text = |half| Value::Object(half).to_string();
    Ok(Today {
        schema,
        payload: text(halves.payload),
        personal: halves.personal.map(text),
    })
}

fn find(kind: &str, schema: u16) -> Option<&'static Upcaster> {
    UPCASTERS
        .iter()
        .find(|upcaster| upcaster.from == schema && upcaster.kind == kind)
}

fn today(kind: &str) -> Option<u16> {
    Event::TYPES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, schema)| *schema)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_type_is_read_in_every_schema_it_ever_had() {
        for (kind, today) in Event::TYPES {
            for schema in 1..=*today {
                assert!(
                    knows(kind, schema),
                    "{kind} has no upcaster from schema {schema}"
                );
            }
            assert!(!knows(kind, 0), "{kind}");
            assert!(!knows(kind, today + 1), "{kind}");
        }
        assert_eq!(
            versions().len(),
            Event::TYPES
                .iter()
                .map(|(_, schema)| usize::from(*schema))
                .sum::<usize>()
        );
    }

    #[test]
    fn a_report_of_schema_1_gets_its_publicity_as_one_value() {
        let lifted = lift(
            "Reported",
            1,
            r#"{"publicity_start":"2026-03-02","publicity_end":"2026-03-06"}"#,
            None,
        );
        let lifted = lifted.unwrap();
        assert_eq!(lifted.schema, 2);
        assert_eq!(
            lifted.payload,
            r#"{"publicity":{"end":"2026-03-06","start":"2026-03-02"}}"#
        );
    }

    #[test]
    fn a_report_of_schema_1_with_half_a_publicity_is_refused() {
        assert!(lift("Reported", 1, r#"{"publicity_start":"2026-03-02"}"#, None).is_err());
    }

    #[test]
    fn a_section_of_schema_1_is_of_form_1() {
        let lifted = lift(
            "SectionSaved",
            1,
            r#"{"size":7}"#,
            Some(r#"{"content":"00"}"#),
        )
        .unwrap();
        assert_eq!(lifted.payload, r#"{"bytes":7,"form":1}"#);
        assert_eq!(lifted.personal.as_deref(), Some(r#"{"content":"00"}"#));
    }
}
