SELECT bytes FROM docket_log.documents WHERE hash = $1
