DELETE FROM disclosure
WHERE until_at IS NOT NULL
  AND until_at < $1 - (SELECT retention_days FROM book WHERE book.book = disclosure.book) * 86400000
