UPDATE pass SET has_read_back = 1
WHERE id = $1
