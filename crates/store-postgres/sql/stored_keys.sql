SELECT stream, wrapped FROM docket_log.keys WHERE stream > $1 ORDER BY stream LIMIT $2
