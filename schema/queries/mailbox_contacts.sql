SELECT book, record_key FROM contact
WHERE user_key = $1 AND mailbox = $2
ORDER BY book, record_key
