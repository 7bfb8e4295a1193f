-- So that every name is written with its schema.
SET search_path TO ''
