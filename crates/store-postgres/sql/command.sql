SELECT position, command_size FROM docket_log.events WHERE command = $1
