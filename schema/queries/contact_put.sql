INSERT INTO contact (user_key, book, mailbox, record_key, contact_id, digest, owned, filled, brought, pushed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (user_key, book, mailbox, record_key) DO UPDATE SET
    contact_id = excluded.contact_id, digest = excluded.digest, owned = excluded.owned, filled = excluded.filled,
    brought = excluded.brought, pushed_at = excluded.pushed_at
