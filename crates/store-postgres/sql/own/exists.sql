SELECT to_regclass('docket_log.log') IS NOT NULL
