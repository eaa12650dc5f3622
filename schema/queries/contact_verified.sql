UPDATE contact SET verified_at = $1
WHERE user_key = $2 AND book = $3 AND mailbox = $4 AND record_key = $5
