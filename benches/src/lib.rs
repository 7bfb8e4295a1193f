//! docket-benches
