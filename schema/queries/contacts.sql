SELECT record_key, contact_id, digest, owned, filled, brought, pushed_at, verified_at
FROM contact
WHERE user_key = $1 AND book = $2 AND mailbox = $3
