SELECT bytes FROM documents WHERE hash = ?1
