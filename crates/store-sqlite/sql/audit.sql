-- ?1: a JSON array of entries.
INSERT INTO security_audit (at, actor, unit, action, subject, result, code, correlation)
SELECT
  value ->> 0, unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5,
  value ->> 6, value ->> 7
FROM json_each(?1)
