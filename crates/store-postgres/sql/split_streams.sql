-- Every $3-th stream name between $1 and $2, and the last one.
SELECT stream FROM (
  SELECT stream, row_number() OVER (ORDER BY stream) AS number, lead(stream) OVER (ORDER BY stream) AS next
  FROM docket_log.events WHERE stream >= $1 AND stream < $2 AND version = 1
) AS streams
WHERE number % $3 = 0 OR next IS NULL
ORDER BY stream
