UPDATE docket_log.keys SET wrapped = '' WHERE stream = ANY ($1::text[])
