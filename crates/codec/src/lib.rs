//! docket-codec
