-- One array for each column, in the order of the positions.
INSERT INTO docket_log.events
  (position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf, command, command_size)
SELECT * FROM unnest(
  $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::bytea[],
  $8::text[], $9::bigint[], $10::bytea[], $11::uuid[], $12::integer[])
