INSERT INTO folder_status (user_key, book, pass_id, error_code, error_sentence, failures, next_try_at) VALUES ($1, $2, $3, $4, $5, 1, $6)
ON CONFLICT (user_key, book) DO UPDATE SET
    pass_id = excluded.pass_id, error_code = excluded.error_code, error_sentence = excluded.error_sentence,
    failures = folder_status.failures + 1, next_try_at = excluded.next_try_at
