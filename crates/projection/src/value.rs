use chrono::{DateTime, NaiveDate, Utc};
use docket_domain::catalogue::Level;
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{
    Menu, Outcome, Signed, Status, StepState, StepType, SystemRole, Tab,
};
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, SettingId, UnitId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use uuid::Uuid;

/// One cell of a row. Instants and days lie in the years 1 to 9999 by their types, which every
/// engine holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A code or a text; sorts by bytes.
    Text(Cow<'static, str>),
    /// An id; sorts by bytes.
    Id(Uuid),
    /// A point of time.
    Instant(Instant),
    /// A civil day.
    Day(Day),
    /// Yes or no; no sorts before yes.
    Flag(bool),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The cells of one row in the order of the table's columns.
pub type Row = Vec<Value>;

impl Value {
    /// A structure kept as JSON text. Keys stand in the order of the type's fields.
    pub fn json<T: Serialize>(value: &T) -> Value {
        Value::Text(Cow::Owned(
            serde_json::to_string(value).expect("plain structures have a JSON form"),
        ))
    }

    /// A key's cell as people read it.
    pub(crate) fn plain(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Int(number) => number.to_string(),
            Value::Text(text) => text.to_string(),
            Value::Id(id) => id.to_string(),
            Value::Instant(instant) => instant.to_string(),
            Value::Day(day) => day.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Bytes(bytes) => hex::encode(bytes),
        }
    }

    /// The cell as a parameter of a query, of its own type; what an engine has no type for, the
    /// runtime turns into what it has. Nothing equals `Null`, which is bound as a number.
    pub fn bind(self) -> sea_query::Value {
        match self {
            Value::Null => sea_query::Value::BigInt(None),
            Value::Int(number) => number.into(),
            Value::Text(text) => text.into_owned().into(),
            Value::Id(id) => id.into(),
            Value::Instant(instant) => utc(instant).into(),
            Value::Day(day) => date(day).into(),
            Value::Flag(flag) => flag.into(),
            Value::Bytes(bytes) => bytes.into(),
        }
    }
}

/// An instant as drivers take it.
pub(crate) fn utc(instant: Instant) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.micros()).expect("instants lie in the years 1 to 9999")
}

/// A day as drivers take it.
pub(crate) fn date(day: Day) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), day.month(), day.day_of_month())
        .expect("every day is a date")
}

/// A parameter for an engine that knows bytes and numbers alone.
pub(crate) fn number(value: sea_query::Value) -> sea_query::Value {
    use sea_query::Value::{BigInt, Bool, Bytes, ChronoDate, ChronoDateTimeUtc, Uuid};
    match value {
        Uuid(id) => Bytes(id.map(|id| id.as_bytes().to_vec())),
        Bool(flag) => BigInt(flag.map(i64::from)),
        ChronoDateTimeUtc(at) => BigInt(at.map(|at| at.timestamp_micros())),
        ChronoDate(day) => BigInt(day.map(|day| (day - NaiveDate::default()).num_days())),
        value => value,
    }
}

/// What can stand in a cell and be read back from it.
pub trait Cell: Sized {
    /// Reads a cell; `None` when it holds something else.
    fn read(value: Value) -> Option<Self>;
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

/// Cells of the id types: 16 bytes come back from engines without a type for them.
macro_rules! ids {
    ($($id:ident),+) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Value {
                Value::Id(id.0)
            }
        }
        impl Cell for $id {
            fn read(value: Value) -> Option<Self> {
                Uuid::read(value).map($id)
            }
        }
    )+};
}
ids!(DeclarationId, UnitId, PersonId, CommitteeId, SettingId);

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Value {
        Value::Id(id)
    }
}

impl Cell for Uuid {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Id(id) => Some(id),
            Value::Bytes(bytes) => Uuid::from_slice(&bytes).ok(),
            _ => None,
        }
    }
}

/// Cells of closed sets: their frozen codes.
macro_rules! codes {
    ($($code:ident),+) => {$(
        impl From<$code> for Value {
            fn from(code: $code) -> Value {
                Value::Text(Cow::Borrowed(code.code()))
            }
        }
        impl Cell for $code {
            fn read(value: Value) -> Option<Self> {
                $code::parse(&String::read(value)?)
            }
        }
    )+};
}
codes!(
    Kind, StepType, StepState, Tab, Status, Outcome, Signed, Menu, SystemRole, Level
);

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(Cow::Owned(text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(Cow::Owned(text.clone()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(Cow::Owned(text.to_owned()))
    }
}

impl Cell for String {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

/// Cells that are whole numbers.
macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Value {
                Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
            }
        }
        impl Cell for $number {
            fn read(value: Value) -> Option<Self> {
                match value {
                    Value::Int(number) => <$number>::try_from(number).ok(),
                    _ => None,
                }
            }
        }
    )+};
}
numbers!(i64, i32, u64, u32);

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Flag(flag)
    }
}

/// An engine without the type answers 0 or 1.
impl Cell for bool {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Flag(flag) => Some(flag),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Value {
        Value::Instant(instant)
    }
}

/// An engine without the type answers microseconds UTC.
impl Cell for Instant {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Instant(instant) => Some(instant),
            value => i64::read(value).map(Instant::from_micros),
        }
    }
}

impl From<Day> for Value {
    fn from(day: Day) -> Value {
        Value::Day(day)
    }
}

/// An engine without the type answers days since 1970-01-01.
impl Cell for Day {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Day(day) => Some(day),
            value => i64::read(value).map(Day::from_number),
        }
    }
}

/// A structure kept as JSON text.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Cell for Json<T> {
    fn read(value: Value) -> Option<Self> {
        serde_json::from_str(&String::read(value)?).ok().map(Json)
    }
}
