-- The newest event, and the leaf that stands at position ?1, where this process saw its newest one.
SELECT position, leaf, (SELECT leaf FROM events WHERE position = ?1) FROM events ORDER BY position DESC LIMIT 1
