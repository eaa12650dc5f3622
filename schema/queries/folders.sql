SELECT user_key, book, mailbox, folder_id, display_name, created_at, verified_at
FROM folder
ORDER BY user_key, book, mailbox
