SELECT id, user_key, mailbox, address, standing, made_at, made_by, confirmed_at, confirmed_by, ended_at, ended_by
FROM binding
WHERE user_key = $1
ORDER BY id
