SELECT digest, recipe, pairs, told
FROM block
WHERE user_key = $1 AND book = $2 AND mailbox = $3
