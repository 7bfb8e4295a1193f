INSERT INTO docket_log.security_audit (at, actor, unit, action, subject, result, code, correlation)
SELECT * FROM unnest(
  $1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
