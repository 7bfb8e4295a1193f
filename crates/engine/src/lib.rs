//! docket-engine
