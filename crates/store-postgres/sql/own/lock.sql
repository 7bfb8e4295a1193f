-- Held to the end of the transaction: whoever holds it is the only one who appends. A statement of
-- its own, so that the next one sees all that was committed while this one waited.
SELECT pg_advisory_xact_lock(4921952873902404463)
