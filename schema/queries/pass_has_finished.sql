SELECT EXISTS (SELECT 1 FROM pass WHERE kind = 'full' AND finished_at IS NOT NULL)
