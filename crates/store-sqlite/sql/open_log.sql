SELECT id, format FROM log
