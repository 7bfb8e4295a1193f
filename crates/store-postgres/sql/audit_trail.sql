SELECT at, actor, unit, action, subject, result, code, correlation
FROM docket_log.security_audit ORDER BY id DESC LIMIT $1
