UPDATE relation SET
    rows = doubt_rows, rows_at = $1, confirmed_at = $2, confirmed_by = $3,
    doubt_since = NULL, doubt_why = NULL, doubt_rows = NULL, doubt_rows_since = NULL
WHERE name = $4 AND doubt_since IS NOT NULL AND doubt_rows = $5
