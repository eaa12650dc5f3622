SELECT id, properties, from_at
FROM disclosure
WHERE user_key = $1 AND book = $2 AND mailbox = $3 AND record_key = $4 AND until_at IS NULL
ORDER BY id
