UPDATE disclosure SET properties = $1 WHERE id = $2
