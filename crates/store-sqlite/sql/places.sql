-- Behind version ?2 of stream ?1 at position ?3. The index over stream and version holds all of it.
SELECT CAST(json_group_array(json_array(stream, version, position)) AS BLOB) FROM (
  SELECT stream, version, position FROM events
  WHERE (stream, version, position) > (?1, ?2, ?3)
  ORDER BY stream, version, position LIMIT ?4
)
