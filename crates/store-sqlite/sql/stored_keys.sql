SELECT CAST(json_group_array(json_array(stream, hex(wrapped))) AS BLOB) FROM (
  SELECT stream, wrapped FROM keys WHERE stream > ?1 ORDER BY stream LIMIT ?2
)
