INSERT INTO documents (hash, stream, bytes) VALUES (?1, ?2, ?3)
ON CONFLICT (hash) DO NOTHING
