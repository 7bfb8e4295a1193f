-- The events of the streams behind $1 up to $2, none behind position $3. Read by COPY, which takes
-- no parameters: they are put into the text.
SELECT position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf
FROM docket_log.events
WHERE stream > $1 AND stream <= $2 AND position <= $3
ORDER BY stream, version
