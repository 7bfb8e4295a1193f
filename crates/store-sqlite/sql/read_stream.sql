SELECT group_concat(frame, '') FROM (
  SELECT frame FROM framed WHERE stream = ?1 AND version > ?2 ORDER BY version LIMIT ?3
)
