UPDATE pass SET finished_at = $1, summary = $2
WHERE id = $3 AND finished_at IS NULL
