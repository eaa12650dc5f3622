SELECT id, user_key, mailbox, address, standing, made_at, made_by, confirmed_at, confirmed_by, ended_at, ended_by
FROM binding
WHERE standing <> 'withdrawn'
ORDER BY user_key, id
