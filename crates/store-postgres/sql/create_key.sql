INSERT INTO docket_log.keys (stream, wrapped) SELECT * FROM unnest($1::text[], $2::bytea[])
