DELETE FROM refusal
WHERE user_key = $1 AND book = $2 AND mailbox = $3 AND record_key = $4
