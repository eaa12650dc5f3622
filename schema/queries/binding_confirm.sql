UPDATE binding SET standing = 'active', confirmed_at = $1, confirmed_by = $2
WHERE id = $3 AND standing = 'waiting'
