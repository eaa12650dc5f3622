DELETE FROM pass
WHERE started_at < $1 - (SELECT MAX(retention_days) FROM book) * 86400000
  AND id NOT IN (SELECT MIN(id) FROM pass)
  AND id NOT IN (SELECT COALESCE(MAX(id), 0) FROM pass WHERE has_read_back = 1)
  AND id NOT IN (SELECT COALESCE(MAX(id), 0) FROM pass WHERE kind = 'full' AND finished_at IS NOT NULL)
