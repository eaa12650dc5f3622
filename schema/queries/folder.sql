SELECT user_key, book, mailbox, folder_id, display_name, created_at, verified_at
FROM folder
WHERE user_key = $1 AND book = $2 AND mailbox = $3
