-- What commands that stand in the log stored.
SELECT asked.id, event.position, event.stream, event.version, event.recorded_at
FROM unnest($1::uuid[]) AS asked (id)
JOIN docket_log.events AS first ON first.command = asked.id
JOIN docket_log.events AS event
  ON event.position >= first.position AND event.position < first.position + first.command_size
ORDER BY event.position
