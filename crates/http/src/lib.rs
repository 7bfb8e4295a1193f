//! docket-http
