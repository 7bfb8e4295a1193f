-- Not ON CONFLICT: the trigger that refuses a replacement would see the row before it is given up.
INSERT INTO documents (hash, stream, bytes)
SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM documents WHERE hash = ?1)
