use super::names::quoted;
use crate::table::{Column, ColumnType};

/// The texts of all rows of a page as one: the very texts that SQLite's `quote` makes of the cells
/// there, so that the same rows have the same sum on both.
pub(crate) fn page(columns: &[Column], key: usize) -> String {
    let cells: Vec<String> = columns.iter().map(cell).collect();
    let order: Vec<String> = columns[..key]
        .iter()
        .map(|column| quoted(column.name))
        .collect();
    format!(
        "string_agg({}, '' ORDER BY {})",
        cells.join(" || ',' || "),
        order.join(", ")
    )
}

fn cell(column: &Column) -> String {
    let name = quoted(column.name);
    let text = match column.kind {
        ColumnType::Id => format!("'X''' || upper(replace({name}::text, '-', '')) || ''''"),
        ColumnType::Bytes => format!("'X''' || upper(encode({name}, 'hex')) || ''''"),
        ColumnType::Code | ColumnType::Text => {
            format!("'''' || replace({name}, '''', '''''') || ''''")
        }
        ColumnType::Int => format!("{name}::text"),
        ColumnType::Instant => format!("(extract(epoch FROM {name}) * 1000000)::bigint::text"),
        ColumnType::Day => format!("({name} - date '1970-01-01')::text"),
        ColumnType::Flag => format!("{name}::int::text"),
    };
    format!("coalesce({text}, 'NULL')")
}
