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

/// One cell of a row. Instants are microseconds UTC, days count from 1970-01-01, flags are 0 and 1;
/// which of them an integer is, the column's type says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number of any kind.
    Int(i64),
    /// A code or a text; sorts by bytes.
    Text(Cow<'static, str>),
    /// An id; sorts by bytes.
    Id(Uuid),
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

    /// The cell as a parameter of a query.
    pub fn bind(self) -> sea_query::Value {
        match self {
            Value::Null => sea_query::Value::BigInt(None),
            Value::Int(number) => number.into(),
            Value::Text(text) => text.into_owned().into(),
            Value::Id(id) => id.as_bytes().to_vec().into(),
            Value::Bytes(bytes) => bytes.into(),
        }
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
        Value::Int(i64::from(flag))
    }
}

impl Cell for bool {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Value {
        Value::Int(instant.micros())
    }
}

impl Cell for Instant {
    fn read(value: Value) -> Option<Self> {
        i64::read(value).map(Instant::from_micros)
    }
}

impl From<Day> for Value {
    fn from(day: Day) -> Value {
        Value::Int(day.number())
    }
}

impl Cell for Day {
    fn read(value: Value) -> Option<Self> {
        i64::read(value).map(Day::from_number)
    }
}

/// A structure kept as JSON text.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> Cell for Json<T> {
    fn read(value: Value) -> Option<Self> {
        serde_json::from_str(&String::read(value)?).ok().map(Json)
    }
}
