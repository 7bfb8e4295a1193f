-- One row for each stream asked: its wrapped key, or null.
SELECT keys.wrapped
FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, at)
LEFT JOIN docket_log.keys ON keys.stream = asked.name
ORDER BY asked.at
