DELETE FROM contact
WHERE user_key = $1 AND mailbox = $2
