use crate::table::Column;

/// The texts of all rows of a page as one. `quote` writes each cell so that no two look alike.
pub(crate) fn page(columns: &[Column], key: usize) -> String {
    let cells: Vec<String> = columns
        .iter()
        .map(|column| format!("quote(\"{}\")", column.name))
        .collect();
    let order: Vec<String> = columns[..key]
        .iter()
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    format!(
        "group_concat({}, '' ORDER BY {})",
        cells.join("||','||"),
        order.join(",")
    )
}
