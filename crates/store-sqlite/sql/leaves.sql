SELECT group_concat(hex(leaf), '') FROM (
  SELECT leaf FROM events WHERE position > ?1 ORDER BY position LIMIT ?2
)
