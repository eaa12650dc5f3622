SELECT id, kind, subject, cause, started_at, finished_at, summary
FROM pass
ORDER BY id DESC
LIMIT $1
