-- ?1: a JSON array of rows, in the order of their positions.
INSERT INTO events
  (position, stream, version, kind, schema, payload, sealed, metadata, recorded_at, leaf, command, command_size)
SELECT
  value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, unhex(value ->> 6),
  value ->> 7, value ->> 8, unhex(value ->> 9), unhex(value ->> 10), value ->> 11
FROM json_each(?1)
