-- Ends the session of a node that holds the lock and does not go on: frozen, or cut off. A batch
-- takes milliseconds; one that waits for a standby is let be.
SELECT count(*) FILTER (WHERE pg_terminate_backend(activity.pid))
FROM pg_locks AS held JOIN pg_stat_activity AS activity ON activity.pid = held.pid
WHERE held.locktype = 'advisory' AND held.granted
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (held.classid::bigint << 32) + held.objid::bigint = 4921952873902404463
  AND held.pid <> pg_backend_pid()
  AND activity.xact_start < clock_timestamp() - interval '3 seconds'
  AND activity.wait_event IS DISTINCT FROM 'SyncRep'
