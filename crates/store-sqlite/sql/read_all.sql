SELECT group_concat(frame, '') FROM (
  SELECT frame FROM framed WHERE position > ?1 ORDER BY position LIMIT ?2
)
