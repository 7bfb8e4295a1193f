//! docket-my-declarations
