SELECT id, book, record_key, principal, made_by, made_at, from_at, until_at, ended_at, ended_by
FROM subscription
WHERE book = $1 AND ended_at IS NULL
ORDER BY record_key, principal
