INSERT INTO folder (user_key, book, mailbox, folder_id, display_name, created_at, verified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (user_key, book, mailbox) DO UPDATE SET
    folder_id = excluded.folder_id, display_name = excluded.display_name,
    created_at = excluded.created_at, verified_at = excluded.verified_at
