SELECT position, command, command_size::bigint FROM docket_log.events
WHERE position > $1 AND position <= $2 AND (command IS NOT NULL OR command_size IS NOT NULL)
ORDER BY position
