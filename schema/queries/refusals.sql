SELECT record_key, digest, code, sentence, at
FROM refusal
WHERE user_key = $1 AND book = $2 AND mailbox = $3
