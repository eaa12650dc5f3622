INSERT INTO tombstone (digest, erased_at, erased_by) VALUES ($1, $2, $3)
ON CONFLICT (digest) DO NOTHING
