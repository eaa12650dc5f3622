SELECT record_key, user_key, book, mailbox, properties, from_at, until_at, ended_why
FROM disclosure
WHERE record_key = $1
ORDER BY CASE WHEN until_at IS NULL THEN 0 ELSE 1 END, user_key, book, mailbox, from_at, id
