SELECT id, pass_id, user_key, book, mailbox, record_key, act, contact_id, digest, owned, filled, brought, cleared, reason, made_at
FROM intent
WHERE user_key = $1 AND mailbox = $2
ORDER BY id
