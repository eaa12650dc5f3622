-- Since when a number stands counts anew when it falls, or when there was none.
INSERT INTO relation (name, doubt_since, doubt_why, doubt_rows, doubt_rows_since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET
    doubt_since = COALESCE(relation.doubt_since, excluded.doubt_since), doubt_why = excluded.doubt_why, doubt_rows = excluded.doubt_rows,
    doubt_rows_since = CASE
        WHEN excluded.doubt_rows >= relation.doubt_rows THEN COALESCE(relation.doubt_rows_since, excluded.doubt_rows_since)
        ELSE excluded.doubt_rows_since
    END
