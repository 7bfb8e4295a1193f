SELECT CAST(json_group_array(json_array(stream, hex(hash))) AS BLOB) FROM (
  SELECT stream, hash FROM documents WHERE (stream, hash) > (?1, ?2) ORDER BY stream, hash LIMIT ?3
)
