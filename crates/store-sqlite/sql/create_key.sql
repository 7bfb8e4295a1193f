INSERT INTO keys (stream, wrapped) VALUES (?1, ?2)
