-- What became of a transaction whose commit was not answered. $1 its id, $2 the position of its last
-- event. After a fail-over the id may be another's: the leaf tells.
SELECT
  coalesce(CASE WHEN $1::text::xid8 < pg_snapshot_xmax(pg_current_snapshot())
                THEN pg_xact_status($1::text::xid8) END, ''),
  (SELECT leaf FROM docket_log.events WHERE position = $2::bigint)
