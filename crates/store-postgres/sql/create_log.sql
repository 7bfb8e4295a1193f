INSERT INTO docket_log.log (one, id, format, schema_version) VALUES (true, $1, $2, 1)
