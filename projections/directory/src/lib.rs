//! docket-directory
