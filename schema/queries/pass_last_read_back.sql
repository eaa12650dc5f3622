-- When folders were last read back; before the first time, when the first pass began.
SELECT COALESCE(MAX(CASE WHEN has_read_back = 1 THEN started_at END), MIN(started_at)) FROM pass
