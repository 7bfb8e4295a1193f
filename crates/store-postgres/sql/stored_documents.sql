SELECT stream, hash FROM docket_log.documents
WHERE (stream, hash) > ($1, $2) ORDER BY stream, hash LIMIT $3
