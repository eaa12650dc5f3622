INSERT INTO relation (name, doubt_since, doubt_why, doubt_rows) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET
    doubt_since = COALESCE(relation.doubt_since, excluded.doubt_since), doubt_why = excluded.doubt_why, doubt_rows = excluded.doubt_rows
