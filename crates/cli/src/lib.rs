//! docket-cli
