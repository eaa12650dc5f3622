SELECT user_key, book, pass_id, delivered_at, error_code, error_sentence, failures, next_try_at
FROM folder_status
ORDER BY user_key, book
