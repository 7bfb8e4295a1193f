//! Schemas of events, lifted one step at a time to today's, and lowered to one that older nodes
//! read.

use crate::levels;
use docket_domain::Event;
use docket_domain::log::Level;
use serde_json::{Map, Value, json};

/// The two halves of an event on their way up or down.
struct Halves {
    payload: Map<String, Value>,
    /// Absent where the event has none, or where it was erased.
    personal: Option<Map<String, Value>>,
}

type Change = fn(&mut Halves) -> Result<(), &'static str>;

/// One step between a schema and the next.
struct Step {
    kind: &'static str,
    from: u16,
    /// Says what is wrong when the halves are not of schema `from`.
    lift: Change,
    /// The way back, for a log whose level is below that of the next schema; it says what cannot be
    /// said in schema `from`. Not needed where both came with one level.
    lower: Option<Change>,
}

/// Every step there is, by type and schema.
const STEPS: &[Step] = &[
    Step {
        kind: "Reported",
        from: 1,
        lift: reported_1,
        lower: None,
    },
    Step {
        kind: "SectionSaved",
        from: 1,
        lift: section_saved_1,
        lower: None,
    },
    #[cfg(feature = "next-level")]
    next::SIGNED_FOR,
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

/// A level that never ships: the tests play a deployment with it.
#[cfg(feature = "next-level")]
mod next {
    use super::{Halves, Step};

    /// Schema 2 says who signed; schema 1 called it `auto`.
    pub(super) const SIGNED_FOR: Step = Step {
        kind: "SignedFor",
        from: 1,
        lift: |halves| renamed(halves, "auto", "by_system"),
        lower: Some(|halves| renamed(halves, "by_system", "auto")),
    };

    fn renamed(halves: &mut Halves, from: &str, to: &str) -> Result<(), &'static str> {
        let value = halves.payload.remove(from).ok_or("nobody who signed")?;
        halves.payload.insert(to.to_owned(), value);
        Ok(())
    }
}

/// Every event type and schema that this build reads: those written today and all older ones.
pub fn versions() -> Vec<(&'static str, u16)> {
    let old = STEPS.iter().map(|step| (step.kind, step.from));
    let mut versions: Vec<_> = Event::TYPES.iter().copied().chain(old).collect();
    versions.sort_unstable();
    versions
}

/// Whether a type is read in a schema.
pub(crate) fn knows(kind: &str, schema: u16) -> bool {
    today(kind)
        .is_some_and(|today| today == schema || (schema < today && find(kind, schema).is_some()))
}

/// The two halves of an event in one of its schemas.
#[derive(Debug)]
pub(crate) struct Form {
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
) -> Option<Result<Form, &'static str>> {
    find(kind, schema)?;
    Some(lift(kind, schema, payload, personal))
}

fn lift(
    kind: &str,
    mut schema: u16,
    payload: &str,
    personal: Option<&str>,
) -> Result<Form, &'static str> {
    let mut halves = Halves::read(payload, personal)?;
    while let Some(step) = find(kind, schema) {
        (step.lift)(&mut halves)?;
        schema += 1;
    }
    Ok(halves.in_schema(schema))
}

/// An event in the newest schema that a log of some level may hold; the error says what cannot be
/// said in it.
pub(crate) fn at_level(event: &Event, level: Level) -> Result<Form, &'static str> {
    let schema = levels::schema_at(event, level).ok_or("its type came later")?;
    let today = Form {
        schema: event.schema(),
        payload: event.payload().expect("the public half is plain JSON"),
        personal: event.personal().expect("the personal half is plain JSON"),
    };
    lower(STEPS, event.kind(), today, schema)
}

fn lower(steps: &[Step], kind: &str, form: Form, to: u16) -> Result<Form, &'static str> {
    if form.schema == to {
        return Ok(form);
    }
    let mut halves = Halves::read(&form.payload, form.personal.as_deref())?;
    for from in (to..form.schema).rev() {
        let step = steps
            .iter()
            .find(|step| step.from == from && step.kind == kind);
        let lower = step.and_then(|step| step.lower);
        lower.ok_or("there is no way back to its older schema")?(&mut halves)?;
    }
    Ok(halves.in_schema(to))
}

impl Halves {
    fn read(payload: &str, personal: Option<&str>) -> Result<Self, &'static str> {
        let object = |text| serde_json::from_str(text).map_err(|_| "a half that is no JSON object");
        Ok(Self {
            payload: object(payload)?,
            personal: personal.map(object).transpose()?,
        })
    }

    fn in_schema(self, schema: u16) -> Form {
        let text = |half| Value::Object(half).to_string();
        Form {
            schema,
            payload: text(self.payload),
            personal: self.personal.map(text),
        }
    }
}

fn find(kind: &str, schema: u16) -> Option<&'static Step> {
    STEPS
        .iter()
        .find(|step| step.from == schema && step.kind == kind)
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
    fn where_a_schema_came_with_a_later_level_there_is_a_way_back() {
        for step in STEPS {
            let came = |schema| levels::level_of(step.kind, schema).unwrap();
            let later = came(step.from + 1) > came(step.from);
            assert!(
                !later || step.lower.is_some(),
                "{} has no way back to schema {}",
                step.kind,
                step.from
            );
        }
    }

    /// Schema 2 calls `a` `b`, schema 3 adds `c`, which schema 2 can say only when it is 0.
    const MADE_UP: &[Step] = &[
        Step {
            kind: "MadeUp",
            from: 1,
            lift: |_| Ok(()),
            lower: Some(|halves| {
                let value = halves.payload.remove("b").ok_or("no b")?;
                halves.payload.insert("a".to_owned(), value);
                Ok(())
            }),
        },
        Step {
            kind: "MadeUp",
            from: 2,
            lift: |_| Ok(()),
            lower: Some(|halves| match halves.payload.remove("c") {
                Some(value) if value == 0 => Ok(()),
                _ => Err("a c of its own"),
            }),
        },
    ];

    fn made_up(payload: &str) -> Form {
        Form {
            schema: 3,
            payload: payload.to_owned(),
            personal: Some(r#"{"names":{}}"#.to_owned()),
        }
    }

    #[test]
    fn an_event_goes_down_step_by_step_with_both_halves() {
        let lowered = |to| lower(MADE_UP, "MadeUp", made_up(r#"{"b":7,"c":0}"#), to).unwrap();
        for (to, payload) in [
            (3, r#"{"b":7,"c":0}"#),
            (2, r#"{"b":7}"#),
            (1, r#"{"a":7}"#),
        ] {
            let form = lowered(to);
            assert_eq!((form.schema, form.payload.as_str()), (to, payload));
            assert_eq!(form.personal.as_deref(), Some(r#"{"names":{}}"#));
        }
    }

    #[test]
    fn what_an_older_schema_cannot_say_is_not_written_in_it() {
        let new = || made_up(r#"{"b":7,"c":1}"#);
        let refused = |to| lower(MADE_UP, "MadeUp", new(), to).unwrap_err();
        assert_eq!(refused(2), "a c of its own");
        assert_eq!(refused(1), "a c of its own");
        assert!(lower(MADE_UP, "MadeUp", new(), 3).is_ok());
        let no_way = lower(&MADE_UP[..1], "MadeUp", new(), 1).unwrap_err();
        assert_eq!(no_way, "there is no way back to its older schema");
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
