SELECT json_group_array(ifnull((SELECT max(version) FROM events WHERE stream = asked.value), 0))
FROM json_each(?1) AS asked
