//! docket-domain
