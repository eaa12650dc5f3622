DELETE FROM disclosure WHERE id = $1
