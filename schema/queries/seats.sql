SELECT user_key, since_at, lost_since_at FROM seat ORDER BY user_key
