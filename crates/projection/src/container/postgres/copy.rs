//! Rows in the binary format of COPY.

use crate::value::{Row, Value};

/// The signature, no flags, no extension: what stands before the first row.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands behind the last.
pub(super) const END: &[u8] = &(-1_i16).to_be_bytes();
/// Its times and days count from 2000-01-01.
const EPOCH_DAYS: i64 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS * 86_400_000_000;

/// Rows of one table on their way into it.
#[derive(Default)]
pub(crate) struct Copied {
    bytes: Vec<u8>,
}

impl Copied {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn add(&mut self, row: Row) {
        let fields = i16::try_from(row.len()).expect("a table has few columns");
        self.bytes.extend_from_slice(&fields.to_be_bytes());
        row.into_iter().for_each(|cell| self.add_cell(cell));
    }

    fn add_cell(&mut self, cell: Value) {
        match cell {
            Value::Null => self.bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
            Value::Int(number) => self.add_field(&number.to_be_bytes()),
            Value::Text(text) => self.add_field(text.as_bytes()),
            Value::Id(id) => self.add_field(id.as_bytes()),
            Value::Instant(at) => self.add_field(&(at.micros() - EPOCH_MICROS).to_be_bytes()),
            Value::Day(day) => {
                let day = i32::try_from(day.number() - EPOCH_DAYS);
                self.add_field(&day.expect("the years 1 to 9999").to_be_bytes());
            }
            Value::Flag(flag) => self.add_field(&[u8::from(flag)]),
            Value::Bytes(bytes) => self.add_field(&bytes),
        }
    }

    fn add_field(&mut self, field: &[u8]) {
        let length = i32::try_from(field.len()).expect("a cell is smaller than 2 GB");
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(field);
    }
}
