INSERT INTO docket_log.documents (hash, stream, bytes)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[])
ON CONFLICT (hash) DO NOTHING
