UPDATE subscription SET ended_at = $1, ended_by = $2
WHERE id = $3 AND ended_at IS NULL
RETURNING book, record_key, principal
