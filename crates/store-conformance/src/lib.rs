//! The contract of the log's port as tests. Every adapter stamps all of it with one line,
//! [`conformance!`], and a database also stamps [`durability!`]; there is no list an adapter could
//! forget a case of.
//!
//! What this crate must never do: know an adapter, or accept two different answers to one question.
//!
//! # Adding a case
//! Write `pub async fn a_sentence_that_says_it(place: &dyn Place)` in the module it belongs to and
//! add its name to the list in the macro below. Every adapter runs it from then on.
//!
//! ```
//! use docket_store::{Log, MemoryLog};
//! use docket_store_conformance::{Place, async_trait};
//! use std::sync::Arc;
//! use uuid::Uuid;
//!
//! struct Memory(Arc<MemoryLog>);
//!
//! #[async_trait]
//! impl Place for Memory {
//!     async fn open(&self) -> Arc<dyn Log> {
//!         self.0.clone()
//!     }
//! }
//!
//! fn memory(log: Uuid) -> Memory {
//!     Memory(Arc::new(MemoryLog::new(log)))
//! }
//!
//! docket_store_conformance::conformance!(memory);
//! ```

#![allow(clippy::unwrap_used)] // these are tests

use docket_store::Log;
use std::sync::Arc;

pub mod appending;
pub mod beside;
pub mod differential;
pub mod durable;
pub mod given;
pub mod racing;
pub mod reading;
pub mod refusing;

pub use async_trait::async_trait;

/// Where one log lies. A fresh, empty place is made for every case, with the log id it is given.
#[async_trait]
pub trait Place: Send + Sync {
    /// Opens the log; opened twice, it is the same log seen through two handles.
    async fn open(&self) -> Arc<dyn Log>;
}

/// Stamps the whole contract for an adapter. `$make` is a function `fn(Uuid) -> impl Place`.
#[macro_export]
macro_rules! conformance {
    ($make:expr) => {
        $crate::stamp!($make, appending:
            an_empty_log_has_no_head,
            positions_are_one_two_three,
            several_streams_are_appended_together,
            an_event_comes_back_as_it_was_given,
            the_leaf_is_the_hash_of_the_header,
            time_never_runs_backwards,
            a_check_without_events_remembers_nothing,
            a_check_rides_along_with_events,
            a_repeated_command_answers_what_was_stored,
            a_repeated_command_is_answered_before_anything_is_compared,
            a_refused_command_may_come_again,
            two_thousand_events_are_one_append,
            the_newest_position_can_be_watched,
        );
        $crate::stamp!($make, refusing:
            absent_refuses_a_stream_that_exists,
            exact_refuses_any_other_version,
            any_accepts_every_version,
            one_refused_stream_refuses_the_whole_append,
            a_failed_check_refuses_the_append,
            the_same_stream_twice_is_invalid,
            more_than_two_thousand_events_are_invalid,
            a_payload_over_16_kib_is_invalid,
            u_0000_is_invalid_in_every_text,
            documents_and_keys_need_an_event,
            a_document_under_a_wrong_hash_is_invalid,
        );
        $crate::stamp!($make, reading:
            a_stream_is_read_behind_a_version,
            the_log_is_read_behind_a_position,
            a_range_holds_whole_streams_in_order,
            next_streams_cut_a_category_into_ranges,
            ranges_may_end_at_any_name,
            a_long_range_holds_events_of_every_size,
            categories_with_a_common_prefix_stay_apart,
            long_answers_are_whole,
            versions_come_in_the_order_asked,
            leaves_are_those_of_the_events,
            a_whole_log_verifies,
            a_published_head_that_does_not_fit_is_found,
        );
        $crate::stamp!($make, racing:
            sixty_four_writers_leave_no_gap,
            exactly_one_of_many_wins_a_version,
            exactly_one_of_many_takes_a_name,
            a_command_sent_many_times_at_once_is_stored_once,
            a_refused_append_does_not_harm_its_neighbours,
            what_was_answered_is_visible_at_once,
        );
        $crate::stamp!($make, beside:
            a_key_is_created_once_and_destroyed,
            a_key_of_a_refused_append_is_not_stored,
            destroying_a_key_that_never_was_changes_nothing,
            documents_are_stored_once,
            settings_are_overwritten,
            the_audit_trail_is_newest_first,
            u_0000_in_an_audit_entry_is_refused,
        );
        $crate::stamp!($make, differential:
            random_appends_leave_the_log_of_the_reference,
        );
    };
}

/// Stamps what only a database can promise. `$make` as in [`conformance!`].
#[macro_export]
macro_rules! durability {
    ($make:expr) => {
        $crate::stamp!($make, durable:
            a_reopened_log_holds_everything,
            a_reopened_log_keeps_its_id,
            commands_are_remembered_after_reopening,
            two_handles_share_one_log,
            two_handles_racing_leave_no_gap,
            a_handle_sees_the_commits_of_another,
        );
    };
}

/// Makes one `#[tokio::test]` of each case.
#[doc(hidden)]
#[macro_export]
macro_rules! stamp {
    ($make:expr, $module:ident: $($case:ident),+ $(,)?) => {
        mod $module {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let place = $make($crate::given::LOG);
                    $crate::$module::$case(&place).await;
                }
            )+
        }
    };
}
