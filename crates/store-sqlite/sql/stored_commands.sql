SELECT CAST(json_group_array(json_array(position, hex(command), command_size)) AS BLOB) FROM (
  SELECT position, command, command_size FROM events
  WHERE position > ?1 AND position <= ?2 AND (command IS NOT NULL OR command_size IS NOT NULL)
  ORDER BY position
)
