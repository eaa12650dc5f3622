INSERT INTO seat (user_key, since_at, lost_since_at) VALUES ($1, $2, $3)
