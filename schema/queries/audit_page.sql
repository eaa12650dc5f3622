SELECT id, at, actor, action, subjects, why
FROM audit
WHERE id < $1
ORDER BY id DESC
LIMIT $2
