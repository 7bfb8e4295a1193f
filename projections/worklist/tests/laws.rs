//! What holds for every projector, over random histories.

use docket_projection::History;
use docket_projection::testing::{Ground, holds_the_laws};
use docket_worklist::WorklistProjector;
use std::sync::Arc;

docket_projection::on_both_engines!(
    live_rows_are_what_the_events_ask_for_and_a_rebuild_gives_the_same,
);

async fn live_rows_are_what_the_events_ask_for_and_a_rebuild_gives_the_same(ground: Ground) {
    for seed in 1..=4 {
        let ground = &Ground::new(ground.engine());
        holds_the_laws(ground, Arc::new(WorklistProjector), History::new(), seed).await;
    }
}
