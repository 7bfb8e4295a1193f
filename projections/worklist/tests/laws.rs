//! What holds for every projector, over random histories.

use docket_projection::History;
use docket_projection::testing::holds_the_laws;
use docket_worklist::WorklistProjector;
use std::sync::Arc;

#[tokio::test]
async fn live_rows_are_what_the_events_ask_for_and_a_rebuild_gives_the_same() {
    for seed in 1..=4 {
        holds_the_laws(Arc::new(WorklistProjector), History::new(), seed).await;
    }
}
