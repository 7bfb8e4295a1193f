//! The log in PostgreSQL: the production engine.
