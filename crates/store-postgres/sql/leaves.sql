SELECT leaf FROM docket_log.events WHERE position > $1 ORDER BY position LIMIT $2
