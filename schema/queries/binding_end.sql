UPDATE binding SET standing = $1, ended_at = COALESCE(ended_at, $2), ended_by = COALESCE(ended_by, $3)
WHERE id = $4
