SELECT name, rows, rows_at, doubt_since, doubt_why, doubt_rows, doubt_rows_since, confirmed_at, confirmed_by FROM relation ORDER BY name
