UPDATE installation SET key_check = $1 WHERE key_check IS NULL
