LISTEN docket_log
