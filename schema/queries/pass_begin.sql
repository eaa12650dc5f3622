INSERT INTO pass (kind, subject, cause, started_at) VALUES ($1, $2, $3, $4)
RETURNING id
