INSERT INTO binding (user_key, mailbox, address, standing, made_at, made_by)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id, user_key, mailbox, address, standing, made_at, made_by, confirmed_at, confirmed_by, ended_at, ended_by
