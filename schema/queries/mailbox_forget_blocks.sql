DELETE FROM block
WHERE user_key = $1 AND mailbox = $2
