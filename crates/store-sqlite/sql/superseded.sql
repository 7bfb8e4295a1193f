SELECT CAST(json_group_array(json_array(hex(hash), saved_at, later_at)) AS BLOB) FROM (
  SELECT hash, saved_at, later_at FROM superseded WHERE hash > ?1 ORDER BY hash LIMIT ?2
)
