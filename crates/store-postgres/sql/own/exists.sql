-- Asked of the catalogue, which everybody may read: a role without any privilege is told that there
-- is a log, and then what it lacks.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = 'docket_log' AND c.relname = 'log'
)
