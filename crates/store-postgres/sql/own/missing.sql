-- What the role that asks lacks of what `grant.sql` gives a node, and of the schemas that hold read
-- models, each with the statement that gives it. Those schemas come and go with every rebuild, so who
-- is to read them belongs to the role that makes them. Asked of the catalogue, which everybody may
-- read.
WITH tables AS (
  SELECT c.oid, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'docket_log' AND c.relkind = 'r'
), needed (at, privilege, place, has, owner) AS (
  SELECT 1, 'CREATE', format('DATABASE %I', current_database()),
    has_database_privilege(current_database(), 'CREATE'), NULL::oid
  UNION ALL
  SELECT 2, 'USAGE', 'SCHEMA docket_log', has_schema_privilege(oid, 'USAGE'), NULL
  FROM pg_namespace WHERE nspname = 'docket_log'
  UNION ALL
  SELECT 3, 'SELECT', format('docket_log.%I', relname), has_table_privilege(oid, 'SELECT'), NULL
  FROM tables
  UNION ALL
  SELECT 4, 'INSERT', format('docket_log.%I', relname), has_table_privilege(oid, 'INSERT'), NULL
  FROM tables
  WHERE relname IN ('events', 'documents', 'keys', 'settings', 'security_audit')
  UNION ALL
  SELECT 5, 'UPDATE', format('docket_log.%I', relname), has_table_privilege(oid, 'UPDATE'), NULL
  FROM tables
  WHERE relname IN ('keys', 'settings')
  UNION ALL
  SELECT 6, 'USAGE', format('SCHEMA %I', nspname), has_schema_privilege(oid, 'USAGE'), nspowner
  FROM pg_namespace
  WHERE nspname = 'docket' OR (nspname LIKE 'docket\_%' AND nspname <> 'docket_log')
)
SELECT current_user::text AS role, privilege, place,
  CASE WHEN owner IS NULL THEN format('GRANT %s ON %s TO %I', privilege, place, current_user)
       ELSE format('GRANT %I TO %I', pg_get_userbyid(owner), current_user) END AS remedy
FROM needed WHERE NOT has ORDER BY at, place
