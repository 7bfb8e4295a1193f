//! docket-worklist
