SELECT position, command_size FROM events WHERE command = ?1
