SELECT value FROM docket_log.settings WHERE name = $1
