INSERT INTO installation (one, id, created_at) VALUES (1, $1, $2)
ON CONFLICT (one) DO NOTHING
