INSERT INTO log (one, id, format) VALUES (1, ?1, ?2)
