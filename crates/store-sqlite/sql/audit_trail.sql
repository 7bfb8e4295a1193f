SELECT at, actor, unit, action, subject, result, code, correlation
FROM security_audit ORDER BY id DESC LIMIT ?1
