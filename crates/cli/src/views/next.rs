//! The worklist of a version that never ships: the same rows with one column more, so that the test
//! which deploys it finds a view of another meaning.

use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value};
use docket_worklist::WorklistProjector;

/// The worklist, and in each row how many events its declaration has.
pub struct NextWorklist;

impl Projector for NextWorklist {
    fn name(&self) -> &'static str {
        WorklistProjector.name()
    }

    fn rule(&self) -> &'static str {
        WorklistProjector.rule()
    }

    fn tables(&self) -> Vec<Table> {
        let tables = WorklistProjector.tables().into_iter();
        tables
            .map(|table| table.column("events", ColumnType::Int))
            .collect()
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let mut present = Rows::default();
        WorklistProjector.rows(folded, &mut present);
        for (table, mut row) in present.take() {
            row.push(Value::from(folded.version));
            rows.add(table, row);
        }
    }
}
