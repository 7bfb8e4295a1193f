-- Behind version $2 of stream $1 at position $3. The comparison of two columns is what the index over
-- stream and version can begin at.
SELECT stream, version, position FROM docket_log.events
WHERE (stream, version) >= ($1, $2) AND (stream, version, position) > ($1, $2, $3)
ORDER BY stream, version, position LIMIT $4
