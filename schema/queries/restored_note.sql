UPDATE installation SET restored_after = (SELECT COALESCE(MAX(id), 0) FROM pass)
