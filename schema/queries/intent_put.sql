INSERT INTO intent (pass_id, user_key, book, mailbox, record_key, act, contact_id, digest, owned, filled, brought, cleared, reason, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
RETURNING id
