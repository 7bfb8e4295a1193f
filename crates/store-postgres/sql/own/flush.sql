-- A commit behind this one has to reach the standbys as every commit does, and with it all before:
-- what was settled is then as safe as what was answered at once.
SELECT pg_logical_emit_message(true, 'docket', '')
