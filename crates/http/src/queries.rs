//! The queries on declarations and on the log, one file each.

pub mod allowed_actions;
pub mod completeness;
pub mod declaration;
pub mod events;
pub mod export;
pub mod log_head;
pub mod mine;
pub mod not_yet;
pub mod record;
pub mod replay;
pub mod report_targets;
pub mod return_targets;
pub mod section;
pub mod worklist;
pub mod worklist_as_of;
pub mod worklist_rows;
pub mod worklist_search;
pub mod worklist_stream;
