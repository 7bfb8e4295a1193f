-- A page of the range, behind version $2 of stream $1; $3 is the last stream (inclusive), $4 the
-- name that no stream of the category reaches.
SELECT position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf
FROM docket_log.events
WHERE (stream, version) > ($1, $2) AND stream <= $3 AND stream < $4 AND position <= $5
ORDER BY stream, version LIMIT $6
