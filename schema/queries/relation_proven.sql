INSERT INTO relation (name, rows, rows_at) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET
    rows = excluded.rows, rows_at = excluded.rows_at, doubt_since = NULL, doubt_why = NULL, doubt_rows = NULL, doubt_rows_since = NULL
