-- Two nodes that start at once on an empty database: one makes the schema, the other waits.
SELECT pg_advisory_xact_lock(4921952873902404462)
