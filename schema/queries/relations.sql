SELECT name, rows, rows_at, doubt_since, doubt_why, confirmed_at, confirmed_by FROM relation ORDER BY name
