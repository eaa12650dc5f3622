UPDATE binding SET address = $1
WHERE id = $2
