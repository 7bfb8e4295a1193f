-- The newest event, and the leaf that stands at position $1, where this process saw its newest one.
SELECT position, leaf, (SELECT leaf FROM docket_log.events WHERE position = $1::bigint)
FROM docket_log.events ORDER BY position DESC LIMIT 1
