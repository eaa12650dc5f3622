DELETE FROM folder_status
WHERE user_key = $1 AND book = $2
