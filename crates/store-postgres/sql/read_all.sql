SELECT position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf
FROM docket_log.events WHERE position > $1 ORDER BY position LIMIT $2
