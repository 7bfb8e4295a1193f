SELECT position, recorded_at FROM docket_log.events ORDER BY position DESC LIMIT 1
