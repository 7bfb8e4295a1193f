-- The last of the next $3 streams behind $1; $2 is the name that no stream of the category reaches.
-- Every stream has a first event, and the index over stream and version knows it: its entries of the
-- range are walked, less than 0.1 µs each, and a row is looked at only where vacuum has not been. An
-- index of first events alone would save that walk and cost every append; a skip from stream to
-- stream is a descent each, which costs more than the dozen entries it skips.
SELECT max(stream) FROM (
  SELECT stream FROM docket_log.events
  WHERE stream > $1 AND stream < $2 AND version = 1
  ORDER BY stream LIMIT $3
) AS next
