SELECT id, kind, subject, cause, started_at, finished_at, summary
FROM pass
WHERE kind = 'full' AND finished_at IS NOT NULL
ORDER BY id DESC
LIMIT 1
