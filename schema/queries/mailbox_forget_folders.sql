DELETE FROM folder
WHERE user_key = $1 AND mailbox = $2
