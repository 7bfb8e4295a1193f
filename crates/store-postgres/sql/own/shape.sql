-- What the schema is made of, a line for each thing: `own/shape.txt` is what `schema.sql` makes. Rules,
-- policies and children are none of ours; each would change what is read or written.
WITH ours AS (
  SELECT oid, relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity
  FROM pg_catalog.pg_class
  WHERE relnamespace = 'docket_log'::pg_catalog.regnamespace AND relkind NOT IN ('i', 't')
)
SELECT format('%s %s %s%s', CASE relkind WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' ELSE 'relation ' || relkind::text END,
              relname, relpersistence,
              CASE WHEN relrowsecurity OR relforcerowsecurity THEN ' row security' ELSE '' END) AS line
FROM ours
UNION ALL
SELECT format('column %s.%s %s%s%s', relname, attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN ' not null' ELSE '' END,
              CASE WHEN collname = 'C' THEN ' collate C' ELSE '' END)
FROM ours JOIN pg_catalog.pg_attribute ON attrelid = ours.oid
LEFT JOIN pg_catalog.pg_collation ON pg_collation.oid = attcollation
WHERE relkind <> 'S' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('constraint %s.%s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid))
FROM ours JOIN pg_catalog.pg_constraint ON conrelid = ours.oid WHERE contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT format('index%s %s', CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END, pg_get_indexdef(indexrelid))
FROM ours JOIN pg_catalog.pg_index ON indrelid = ours.oid
UNION ALL
SELECT format('trigger %s %s', tgenabled, pg_get_triggerdef(pg_trigger.oid))
FROM ours JOIN pg_catalog.pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL
SELECT format('function %s %s %s', proname, lanname, encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'))
FROM pg_catalog.pg_proc JOIN pg_catalog.pg_language ON pg_language.oid = prolang
WHERE pronamespace = 'docket_log'::pg_catalog.regnamespace
UNION ALL
SELECT format('rule %s.%s', relname, rulename)
FROM ours JOIN pg_catalog.pg_rewrite ON ev_class = ours.oid
UNION ALL
SELECT format('policy %s.%s', relname, polname)
FROM ours JOIN pg_catalog.pg_policy ON polrelid = ours.oid
UNION ALL
SELECT format('child of %s: %s', relname, inhrelid::pg_catalog.regclass)
FROM ours JOIN pg_catalog.pg_inherits ON inhparent = ours.oid
ORDER BY line
