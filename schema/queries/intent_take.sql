DELETE FROM intent WHERE id = $1
RETURNING id, pass_id, user_key, book, mailbox, record_key, act, contact_id, digest, owned, filled, brought, cleared, reason, made_at
