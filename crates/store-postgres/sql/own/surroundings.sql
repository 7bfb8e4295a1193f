-- What `docket doctor` wants to know of the server and of the role that asks.
SELECT
  (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now_micros,
  current_setting('max_connections')::integer AS connections_max,
  current_setting('superuser_reserved_connections')::integer AS connections_reserved,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections_used,
  current_user::text AS role,
  pg_has_role(current_user, events.relowner, 'USAGE')
    OR has_table_privilege(events.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
    AS may_change_events,
  (SELECT count(*) FROM pg_stat_replication) AS standbys,
  current_setting('synchronous_standby_names') AS synchronous_standbys
FROM pg_class AS events
WHERE events.oid = 'docket_log.events'::regclass
