DELETE FROM subscription
WHERE COALESCE(ended_at, until_at) < $1 - (SELECT retention_days FROM book WHERE book.book = subscription.book) * 86400000
