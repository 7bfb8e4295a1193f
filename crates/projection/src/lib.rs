//! docket-projection
