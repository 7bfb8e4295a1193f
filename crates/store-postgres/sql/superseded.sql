SELECT hash, saved_at, later_at FROM docket_log.superseded WHERE hash > $1 ORDER BY hash LIMIT $2
