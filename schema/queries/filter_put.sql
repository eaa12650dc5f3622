INSERT INTO filter (book, holder, version, text, author, made_at, is_removed)
VALUES ($1, $2, $3, $4, $5, $6, $7)
