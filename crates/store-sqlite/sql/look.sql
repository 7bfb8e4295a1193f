-- All that the writer must know before it accepts a batch: ?1 streams, ?2 command ids in hex,
-- ?3 streams whose key is created; each a JSON array. ?4 where this process saw its newest event.
SELECT
  ifnull((SELECT max(position) FROM events), 0) AS position,
  ifnull((SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), 0) AS recorded_at,
  (SELECT json_group_array(ifnull((SELECT max(version) FROM events WHERE stream = asked.value), 0))
     FROM json_each(?1) AS asked) AS versions,
  (SELECT json_group_array(json_array(asked.value, events.position, events.command_size))
     FROM json_each(?2) AS asked CROSS JOIN events ON events.command = unhex(asked.value)) AS commands,
  (SELECT json_group_array(asked.value)
     FROM json_each(?3) AS asked CROSS JOIN keys ON keys.stream = asked.value) AS keys,
  (SELECT leaf FROM events WHERE position = ?4) AS found
