SELECT ARRAY(SELECT coalesce((SELECT max(version) FROM docket_log.events WHERE stream = asked.name), 0)
             FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, at) ORDER BY asked.at)
