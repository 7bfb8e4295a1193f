use crate::claim::Claim;
use crate::committee::Committee;
use crate::declaration::Declaration;
use crate::event::Envelope;
use crate::log::Log;
use crate::person::Person;
use crate::reference::{Calendar, Definitions, TitleTable};
use crate::setting::Setting;
use crate::staff::Staff;
use crate::stream::Category;
use crate::unit::Unit;

/// The state of any stream, by its category.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// The log's own stream.
    Log(Log),
    /// A declaration; `None` before its first event.
    Declaration(Option<Box<Declaration>>),
    /// A unit.
    Unit(Box<Unit>),
    /// A unit's people.
    Staff(Staff),
    /// An account.
    Person(Box<Person>),
    /// A committee.
    Committee(Box<Committee>),
    /// A recognition setting.
    Setting(Box<Setting>),
    /// The holiday calendar.
    Calendar(Calendar),
    /// The title table.
    Catalogue(TitleTable),
    /// Published definitions of a kind.
    Workflow(Definitions),
    /// Any claim.
    Claim(Claim),
}

impl State {
    /// The state of a stream without events.
    pub fn initial(category: Category) -> State {
        match category {
            Category::Log => State::Log(Log::default()),
            Category::Declaration => State::Declaration(None),
            Category::Unit => State::Unit(Box::default()),
            Category::Staff => State::Staff(Staff::default()),
            Category::Person => State::Person(Box::default()),
            Category::Committee => State::Committee(Box::default()),
            Category::Setting => State::Setting(Box::default()),
            Category::Calendar => State::Calendar(Calendar::default()),
            Category::Catalogue => State::Catalogue(TitleTable::default()),
            Category::Workflow => State::Workflow(Definitions::default()),
            Category::Number
            | Category::SettingOf
            | Category::Identity
            | Category::Live
            | Category::YearLock => State::Claim(Claim::default()),
        }
    }
}

/// Folds one event into a state. Total: an event that does not belong to the stream's category
/// changes nothing.
pub fn evolve(state: &mut State, envelope: &Envelope) {
    match state {
        State::Log(log) => log.apply(envelope),
        State::Declaration(declaration) => crate::declaration::evolve(declaration, envelope),
        State::Unit(unit) => unit.apply(envelope),
        State::Staff(staff) => staff.apply(envelope),
        State::Person(person) => person.apply(envelope),
        State::Committee(committee) => committee.apply(envelope),
        State::Setting(setting) => setting.apply(envelope),
        State::Calendar(calendar) => calendar.apply(envelope),
        State::Catalogue(table) => table.apply(envelope),
        State::Workflow(definitions) => definitions.apply(envelope),
        State::Claim(claim) => claim.apply(envelope),
    }
}
