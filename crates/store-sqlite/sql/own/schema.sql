-- What the database is made of, as the statements that made it; statistics of the planner are not ours.
SELECT type, name, coalesce(sql, '') FROM sqlite_schema
WHERE name NOT GLOB 'sqlite_stat*' ORDER BY type, name
