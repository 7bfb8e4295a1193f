SELECT position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf
FROM docket_log.events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3
