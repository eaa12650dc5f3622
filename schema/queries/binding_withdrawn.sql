UPDATE binding SET standing = 'withdrawn', ended_at = COALESCE(ended_at, $1)
WHERE id = $2 AND standing = 'leaving'
