SELECT id, book, record_key, principal, made_by, made_at, from_at, until_at, ended_at, ended_by
FROM subscription
WHERE record_key = $1
ORDER BY id
