SELECT COUNT(*) FROM (SELECT id FROM pass WHERE kind = 'full' AND finished_at IS NOT NULL LIMIT 1) AS finished
