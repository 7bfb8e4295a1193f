-- All that the writer must know before it accepts a batch: $1 streams, $2 command ids, $3 streams
-- whose key is created, $4 where this process saw its newest event. The transaction's id settles a commit whose answer was lost.
SELECT
  coalesce((SELECT max(position) FROM docket_log.events), 0) AS position,
  coalesce((SELECT recorded_at FROM docket_log.events ORDER BY position DESC LIMIT 1), 0) AS recorded_at,
  ARRAY(SELECT coalesce((SELECT max(version) FROM docket_log.events WHERE stream = asked.name), 0)
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, at) ORDER BY asked.at) AS versions,
  ARRAY(SELECT asked.id FROM unnest($2::uuid[]) AS asked (id)
        JOIN docket_log.events ON events.command = asked.id) AS commands,
  ARRAY(SELECT keys.stream FROM unnest($3::text[]) AS asked (name)
        JOIN docket_log.keys ON keys.stream = asked.name) AS keys,
  pg_current_xact_id()::text AS transaction,
  (SELECT leaf FROM docket_log.events WHERE position = $4::bigint) AS found
