SELECT id, format, schema_version FROM docket_log.log
