-- The last of the next ?3 streams behind ?1; ?2 is the name that no stream of the category reaches.
-- Every stream has a first event; the index over stream and version holds all that is asked.
SELECT max(stream) FROM (
  SELECT stream FROM events
  WHERE stream > ?1 AND stream < ?2 AND version = 1
  ORDER BY stream LIMIT ?3
)
