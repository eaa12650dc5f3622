INSERT INTO book (book, retention_days, noted_at) VALUES ($1, $2, $3)
ON CONFLICT (book) DO UPDATE SET retention_days = excluded.retention_days, noted_at = excluded.noted_at
