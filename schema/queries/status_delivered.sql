INSERT INTO folder_status (user_key, book, pass_id, delivered_at, failures) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (user_key, book) DO UPDATE SET
    pass_id = excluded.pass_id, delivered_at = excluded.delivered_at, failures = 0,
    error_code = NULL, error_sentence = NULL, next_try_at = NULL
