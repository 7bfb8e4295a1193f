-- secure_delete overwrites the bytes that the shorter row leaves behind.
UPDATE keys SET wrapped = x'' WHERE stream = ?1
