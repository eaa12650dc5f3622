SELECT book, holder, version, text, author, made_at, is_removed
FROM filter
WHERE book = $1 AND holder = $2
ORDER BY version
