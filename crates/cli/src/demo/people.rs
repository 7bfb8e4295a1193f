//! Invented natural persons.

use super::fixtures;
use super::identifiers::{id_number, mobile};
use super::ids;
use crate::clock::DEMO_START;
use docket_domain::PersonId;
use docket_domain::person::PersonForm;
use docket_domain::time::Day;
use docket_domain::vocabulary::DocumentType;

/// A natural person.
#[derive(Debug, Clone)]
pub struct Human {
    pub id: PersonId,
    pub identity: PersonForm,
}

/// A person of a name; `order` is the sequence in the ID number; its last bit becomes the sex.
pub fn human(key: &str, name: &str, sex: &str, birth: &str, order: u32) -> Human {
    let order = order / 2 * 2 + u32::from(sex == "男");
    let serial =
        u32::from_str_radix(&ids::hash(&format!("mobile {key}"))[..6], 16).unwrap_or(0) % 10_000;
    let identity = PersonForm {
        name: name.to_owned(),
        id_type: Some(DocumentType::ResidentId),
        id_number: id_number(birth, order),
        mobile: mobile(serial),
        sex: Some(sex.to_owned()),
        birth_date: Day::parse(birth).ok(),
    };
    Human {
        id: PersonId(ids::id(DEMO_START, &format!("person {key}"))),
        identity,
    }
}

/// So many applicants, named from the lists in fixtures/demo.
pub fn applicants(count: usize) -> Vec<Human> {
    let names = fixtures::names();
    (0..count)
        .map(|index| {
            let is_man = (index * 5 / 3) % 2 == 0;
            let given = if is_man { &names.men } else { &names.women };
            let name = format!(
                "{}{}",
                names.surnames[index % names.surnames.len()],
                given[index * 4 % given.len()]
            );
            let birth = format!(
                "{}-{:02}-{:02}",
                1974 + index * 7 % 25,
                1 + index * 5 % 12,
                1 + index * 11 % 28
            );
            let order = u32::try_from(index * 2).unwrap_or(0);
            human(
                &format!("applicant {index}"),
                &name,
                if is_man { "男" } else { "女" },
                &birth,
                order,
            )
        })
        .collect()
}
