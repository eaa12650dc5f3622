UPDATE contact SET digest = NULL
WHERE user_key = $1 AND book = $2 AND mailbox = $3 AND record_key = $4
