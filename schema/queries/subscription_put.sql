INSERT INTO subscription (book, record_key, principal, made_by, made_at, from_at, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING id, book, record_key, principal, made_by, made_at, from_at, until_at, ended_at, ended_by
